#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "dedup/dedup.h"

namespace ev {

std::vector<std::string> DedupTool::examples() const {
  return {"ev dedup -k event_id app.ev -o once.ev",
          "ev dedup -k event_id --window 48h --state seen monday.ev -o monday-once.ev"};
}

SharedOptionSet DedupTool::shared() const {
  SharedOptionSet set;
  set.locks = true;
  return set;
}

void DedupTool::declare(Command& command) {
  command.list("-k,--key", "FIELDS", settings_.key,
               "fields or expressions that tell events apart (default: the whole event)");
  command.text("--window", "DURATION", window_text_,
               "repeated only within so much event time, before or after (default: for ever)");
  command.text("--lateness", "DURATION", lateness_text_,
               "how far behind the latest event time events may come (default: as long as --window)");
  command.text("--unkeyed", "HOW", settings_.unkeyed_text,
               "events whose whole key is null: keep, drop, or equal to each other (default: keep)");
  command.text("--duplicates", "FILE", settings_.duplicates, "write what is dropped to FILE, an event stream");
  command.flag("--verify", settings_.verify, "keep whole keys, not just 128 bits of each, and compare them");
  command.text("--state", "FOLDER", settings_.state, "remember keys there from run to run");
  command.text("--batch", "NAME", batch_, "a name for this run: run again, it replaces what it gave before");
  command.flag("--status", status_, "say what is in the state, and read nothing");
  command.text("--forget", "DURATION", forget_text_, "forget keys that are older than so much event time, and read nothing");
  command.number("--fingerprint-bits", "N", fingerprint_bits_, "for tests");
  command.hide_last();
}

void DedupTool::validate() {
  if (window_text_) settings_.window = of_option("--window", [&] { return parse_duration(*window_text_); });
  if (lateness_text_ && !settings_.window)
    throw Error(ErrorKind::usage, "--lateness", "goes with --window; without it all keys are remembered");
  settings_.lateness = settings_.window.value_or(0);
  if (lateness_text_)
    settings_.lateness = *lateness_text_ == "0" || read_duration(*lateness_text_) == 0
                             ? 0
                             : of_option("--lateness", [&] { return parse_duration(*lateness_text_); });
  if (settings_.unkeyed_text == "keep")
    settings_.unkeyed = Unkeyed::keep;
  else if (settings_.unkeyed_text == "drop")
    settings_.unkeyed = Unkeyed::drop;
  else if (settings_.unkeyed_text == "equal")
    settings_.unkeyed = Unkeyed::equal;
  else
    throw Error(ErrorKind::usage, concat("--unkeyed ", settings_.unkeyed_text), "is none of keep, drop, equal");
  if (fingerprint_bits_) settings_.fingerprint_bits = static_cast<unsigned>(*fingerprint_bits_);
  if (batch_) settings_.batch = *batch_;
  if (settings_.state && settings_.state->empty()) throw Error(ErrorKind::usage, "--state", "needs the name of a folder");
  if (batch_ && batch_->empty()) throw Error(ErrorKind::usage, "--batch", "needs a name");
  if (forget_text_) forget_ = of_option("--forget", [&] { return parse_duration(*forget_text_); });
  for (const auto& [option, given] :
       {std::pair{"--batch", batch_.has_value()}, {"--status", status_}, {"--forget", forget_.has_value()}})
    if (given && !settings_.state)
      throw Error(ErrorKind::usage, option, "goes with --state", "name the folder of the state");
}

}  // namespace ev
