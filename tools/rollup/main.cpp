#include "rollup/rollup.h"

int main(int argc, char** argv) {
  ev::RollupTool tool;
  return ev::run_tool(tool, argc, argv);
}
