// Notes exactly what a run takes, so that it can be taken again.
#pragma once

#include <map>
#include <string>

#include "source/checkpoint.h"
#include "source/input_queue.h"

namespace ev {

/// Grows by a range for each input, and one more where an input goes on to be read in another way (its event time was
/// found in its middle), or goes on with a record that was taken for whole. Ranges of several inputs may have been read in turns.
class SegmentRecord {
 public:
  void took(const std::string& path, FileId id, const ReadingProgress& progress);
  const std::vector<TakenRange>& ranges() const { return ranges_; }

 private:
  std::vector<TakenRange> ranges_;
  std::map<FileId, std::size_t> last_;  // range of each input that may still grow
};

}  // namespace ev
