#include "commit/commit.h"

int main(int argc, char** argv) {
  ev::CommitTool tool;
  return ev::run_tool(tool, argc, argv);
}
