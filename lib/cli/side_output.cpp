#include "cli/side_output.h"

#include "archive/path_template.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {

std::unique_ptr<Output> open_side_output(const Session& session, std::string_view option, const std::string& path) {
  if (path == session.options().output)
    throw Error(ErrorKind::usage, std::string(option), concat("is where the other events go: ", path),
                "name another file");
  if (PathTemplate::is_one(path))
    throw Error(ErrorKind::usage, concat(option, ": '", path, "'"), "takes a file, no folder and no template",
                "part it then: ev cat FILE -o 'out/{field}/'");
  std::unique_ptr<Output> output = open_output(path, session.options().no_clobber);
  if (output->is_terminal())
    throw Error(ErrorKind::usage, std::string(option), "an event stream does not go to a terminal", "name a file");
  return output;
}

}  // namespace ev
