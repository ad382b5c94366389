#include "dedup/dedup.h"

int main(int argc, char** argv) {
  ev::DedupTool tool;
  return ev::run_tool(tool, argc, argv);
}
