#include "ingest/reject_options.h"

#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

[[noreturn]] void fail_too_many(const RejectCount& rejects, std::string_view what) {
  throw Error(ErrorKind::corrupt, rejects.first(), concat(what, "; --max-rejects allows no more"),
              "look at them with --rejects FILE");
}

}  // namespace

RejectLimit parse_reject_limit(const std::string& text) {
  RejectLimit limit;
  const char* end = text.data() + text.size();
  bool percent = text.ends_with('%');
  auto [at, error] = percent ? std::from_chars(text.data(), end, limit.percent) : std::from_chars(text.data(), end, limit.count);
  bool whole = at == end - (percent ? 1 : 0);
  if (error != std::errc() || !whole || !(limit.percent >= 0 && limit.percent <= 100))
    throw Error(ErrorKind::usage, "--max-rejects", concat("takes a number or a percentage, not \"", text, "\""), "for example 100 or 0.5%");
  return limit;
}

void RejectOptions::declare(Command& command) {
  command.text("--rejects", "FILE", file_, "write records that are not accepted to FILE, an event stream");
  command.text("--max-rejects", "N|P%", max_, "bear this many rejects; beyond it stop with exit status 65");
}

void RejectOptions::validate() {
  if (max_) limit_ = parse_reject_limit(*max_);
}

Rejects::Rejects(const RejectOptions& options, const Session& session) : limit_(options.limit_) {
  if (options.file_)
    kept_ = std::make_unique<RejectStream>(*options.file_, session.options().no_clobber, Compression{Codec::zstd, 1});
}

void Rejects::add(const std::string& input, const std::string& read_as, const std::vector<Reject>& rejects,
                  uint64_t records) {
  records_ += records;
  count_.add(input, rejects);
  if (kept_) kept_->add(input, read_as, rejects);
  // How many more there were by then depends on how the input was cut, so it is not said.
  if (limit_ && count_.count() > limit_->count)
    fail_too_many(count_, concat("more than ", limit_->count, " records rejected"));
}

void Rejects::check() const {
  if (limit_ && static_cast<double>(count_.count()) * 100 > limit_->percent * static_cast<double>(records_))
    fail_too_many(count_, concat(count_.count(), " of ", records_, " records rejected"));
}

void Rejects::finish(uint32_t flags) {
  if (kept_) kept_->finish(flags);
}

void Rejects::report(Session& session) const {
  if (count_.count() == 0 || kept_ || limit_) return;
  session.warn(concat(count_.first(), "; ", count_.count(), " of ", records_,
                      " records rejected; keep them with --rejects FILE or bear them with --max-rejects"));
  session.exit_at_least(3);
}

}  // namespace ev
