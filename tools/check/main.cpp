#include "check/check.h"

int main(int argc, char** argv) {
  ev::CheckTool tool;
  return ev::run_tool(tool, argc, argv);
}
