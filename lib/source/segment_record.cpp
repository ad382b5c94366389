#include "source/segment_record.h"

namespace ev {

void SegmentRecord::took(const std::string& path, FileId id, const ReadingProgress& progress) {
  auto at = last_.find(id);
  if (at != last_.end()) {
    TakenRange& range = ranges_[at->second];
    if (range.to.offset == progress.from && !progress.goes_on && range.reading.format == progress.reading.format &&
        range.reading.time_path == progress.reading.time_path) {
      range.to = progress.mark;
      return;
    }
  }
  last_[id] = ranges_.size();
  TakenRange range{path, id, progress.from, progress.from_line, progress.mark, progress.reading};
  range.reading.records_left = 0;
  ranges_.push_back(std::move(range));
}

}  // namespace ev
