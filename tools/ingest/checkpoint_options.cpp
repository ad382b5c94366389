#include "ingest/checkpoint_options.h"

namespace ev {

void CheckpointOptions::declare(Command& command) {
  command.text("--checkpoint", "FILE", path,
               "take only what is new since the last run; FILE remembers how far that came");
  command.flag("--follow", follow, "wait for more, until SIGINT or SIGTERM");
}

}  // namespace ev
