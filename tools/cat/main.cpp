#include "cat/cat.h"

int main(int argc, char** argv) {
  ev::CatTool tool;
  return ev::run_tool(tool, argc, argv);
}
