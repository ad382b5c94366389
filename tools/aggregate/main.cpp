#include "aggregate/aggregate.h"

int main(int argc, char** argv) {
  ev::AggregateTool tool;
  return ev::run_tool(tool, argc, argv);
}
