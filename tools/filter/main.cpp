#include "filter/filter.h"

int main(int argc, char** argv) {
  ev::FilterTool tool;
  return ev::run_tool(tool, argc, argv);
}
