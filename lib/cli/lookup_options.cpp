#include "cli/lookup_options.h"

#include "base/error.h"
#include "base/text.h"

namespace ev {

void LookupOptions::declare(Command& command) {
  command.text("--lookup", "'FILE on KEYS add FIELDS'", text_,
               "add fields of a table by key: 'users.csv on user_id=id add country'");
}

void LookupOptions::validate() {
  if (!text_) return;
  spec_ = parse_lookup(*text_);
  if (spec_->file == "-") throw Error(ErrorKind::usage, "--lookup", "takes a file, not standard input");
}

std::unique_ptr<const Lookup> LookupOptions::load(const Session& session) const {
  return spec_ ? load_lookup(*spec_, session.options().memory) : nullptr;
}

void LookupOptions::report(Session& session, const LookupCount& count) const {
  if (!spec_) return;
  if (count.matches == 0 && count.misses > 0)
    session.warn(concat("--lookup: none of ", count.misses, " events has its key in ", spec_->file));
  else
    session.notice(concat("--lookup: ", count.matches, " events found in ", spec_->file, ", ", count.misses, " not"));
}

}  // namespace ev
