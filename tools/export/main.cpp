#include "export/export.h"

int main(int argc, char** argv) {
  ev::ExportTool tool;
  return ev::run_tool(tool, argc, argv);
}
