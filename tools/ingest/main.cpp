#include "ingest/ingest.h"

int main(int argc, char** argv) {
  ev::IngestTool tool;
  return ev::run_tool(tool, argc, argv);
}
