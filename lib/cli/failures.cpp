#include "cli/failures.h"

#include <new>

#include "base/error.h"
#include "base/text.h"

namespace ev {

Ending run_and_catch(const Messages& messages, const std::function<int()>& body,
                     const std::function<void()>& before_message) {
  auto failed = [&](ErrorKind kind, std::string_view text) {
    if (before_message) before_message();
    messages.error(text);
    return Ending{exit_code(kind), true, false};
  };
  try {
    return {body(), false, false};
  } catch (const BrokenPipe&) {
    return {0, true, true};
  } catch (const Error& error) {
    std::string text = error.what();
    if (error.kind() == ErrorKind::bug) text = concat("bug: ", text, "; please report it");
    return failed(error.kind(), text);
  } catch (const std::bad_alloc&) {
    return failed(ErrorKind::io, "out of memory; give it less to keep with --memory, or a machine with more");
  } catch (const std::exception& error) {
    return failed(ErrorKind::bug, concat("bug: ", error.what(), "; please report it"));
  }
}

}  // namespace ev
