#include "info/info.h"

int main(int argc, char** argv) {
  ev::InfoTool tool;
  return ev::run_tool(tool, argc, argv);
}
