// The staged file of each destination, one after the other open for writing.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "archive/commit.h"
#include "archive/path_template.h"
#include "archive/staging.h"
#include "stream/writer.h"

namespace ev {

/// A file is an event stream. Few of them have a writer at a time: another one ends its segment (with MORE) and is
/// taken up again by a new segment. Which segment a block gets into is decided when the block is issued, in the order
/// of the rows; when it is written does not matter. One thread at a time.
class PartFiles {
 public:
  PartFiles(const PathTemplate& where, const Staging& staging, OpenFiles& files, uint64_t& next_file,
            std::size_t open_segments);

  /// Destinations are numbered from 0. `path` must outlive this.
  void add_destination(const std::string& path);
  /// The number of the next block of the destination; `last`: no other one follows.
  uint32_t issue(uint32_t destination, bool last);
  /// Of the blocks of a destination, the number of the one that is to be written next.
  uint32_t next(uint32_t destination) const { return destinations_[destination].written; }
  void write(uint32_t destination, std::vector<EncodedBlock>&& blocks, bool last);
  /// So many of the destination's rows that are not written yet are created by the program.
  void note_created(uint32_t destination, uint32_t rows);
  /// Of the END of each file.
  void set_flags(uint32_t flags) { flags_ = flags; }
  /// Ends all files. All blocks that were issued must be written.
  std::vector<StagedPart> finish();

  uint64_t created(uint32_t destination) const { return destinations_[destination].created; }

 private:
  struct Segment {
    Segment(OpenFiles& files, std::string path, std::string name)
        : file(files, std::move(path), std::move(name)), writer(file) {}
    StagedFile file;
    StreamWriter writer;
  };
  struct Destination {
    const std::string* path;
    std::unique_ptr<Segment> segment;
    uint64_t file = UINT64_MAX;  // its number in the staging folder
    uint64_t rows = 0, bytes = 0;
    Hash128 digest;
    uint32_t issued = 0, written = 0;
    bool more = false;  // its last END says that another segment follows
    uint64_t created = 0, created_left = 0;
  };

  void use_segment(uint32_t destination);
  void end_segment(Destination& d, uint32_t flags);
  void set_end_flags(Destination& d);
  std::string shown(const Destination& d) const;

  const PathTemplate& where_;
  const Staging& staging_;
  OpenFiles& files_;
  uint64_t& next_file_;
  std::size_t open_segments_;
  uint32_t flags_ = 0;
  std::vector<Destination> destinations_;
  std::list<uint32_t> recent_;  // destinations whose segment stays open; the one that got a block last is first
  std::unordered_map<uint32_t, std::list<uint32_t>::iterator> place_;  // in recent_
  std::set<std::pair<uint32_t, uint32_t>> ends_;  // destination and block number before which a segment ends
};

}  // namespace ev
