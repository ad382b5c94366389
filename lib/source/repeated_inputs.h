// What an earlier run took and nobody committed: exactly the same text once more.
#pragma once

#include <string>
#include <vector>

#include "source/input_files.h"
#include "source/input_queue.h"
#include "source/text_file.h"

namespace ev {

/// Ranges are found again by what the files hold, whatever they are called now, also in copies. Throws Error(no_input)
/// from next() where a text is not there any more, with `remedy`; Error(corrupt) where it ends before its range does.
class RepeatedInputs final : public InputQueue {
 public:
  RepeatedInputs(std::vector<TakenRange> ranges, const InputFiles& files, std::string remedy);

  std::optional<QueuedInput> next() override;
  void took(const ReadingProgress& progress) override { reached_ = progress.mark; }
  void closed(const Error* cut_short, bool left) override;

 private:
  std::optional<TextFile> find(const TakenRange& range) const;

  std::vector<TakenRange> ranges_;
  std::vector<std::string> candidates_;  // files that may hold them
  std::string remedy_;
  std::size_t next_ = 0;
  TextMark reached_;
};

}  // namespace ev
