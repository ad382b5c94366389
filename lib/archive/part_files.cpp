#include "archive/part_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "io/descriptor.h"
#include "stream/records.h"

namespace ev {

PartFiles::PartFiles(const PathTemplate& where, const Staging& staging, OpenFiles& files, uint64_t& next_file,
                     std::size_t open_segments)
    : where_(where), staging_(staging), files_(files), next_file_(next_file), open_segments_(open_segments) {}

void PartFiles::add_destination(const std::string& path) {
  destinations_.emplace_back().path = &path;
}

std::string PartFiles::shown(const Destination& d) const {
  return where_.below_root(*d.path);
}

uint32_t PartFiles::issue(uint32_t destination, bool last) {
  const uint32_t number = destinations_[destination].issued++;
  if (const auto known = place_.find(destination); known != place_.end()) {
    recent_.splice(recent_.begin(), recent_, known->second);
  } else {
    recent_.push_front(destination);
    place_.emplace(destination, recent_.begin());
  }
  if (last) {
    recent_.pop_front();
    place_.erase(destination);
  }
  if (recent_.size() > open_segments_) {
    const uint32_t oldest = recent_.back();
    recent_.pop_back();
    place_.erase(oldest);
    Destination& d = destinations_[oldest];
    if (d.written == d.issued)
      end_segment(d, kEndMore);
    else
      ends_.emplace(oldest, d.issued);
  }
  return number;
}

void PartFiles::write(uint32_t destination, std::vector<EncodedBlock>&& blocks, bool last) {
  Destination& d = destinations_[destination];
  if (!d.segment) {
    if (d.file == UINT64_MAX) d.file = next_file_++;
    d.segment = std::make_unique<Segment>(files_, staging_.file(d.file), shown(d));
  }
  for (EncodedBlock& block : blocks) {
    Ledger ledger;
    ledger.out = block.header.rows;
    ledger.created = std::min<uint64_t>(d.created_left, ledger.out);
    ledger.in = ledger.passed = ledger.out - ledger.created;
    d.created_left -= ledger.created;
    d.segment->writer.write(std::move(block), ledger);
  }
  d.written++;
  if (ends_.erase({destination, d.written}) > 0) end_segment(d, kEndMore);
  if (last) {
    if (d.segment)
      end_segment(d, flags_);
    else
      set_end_flags(d);
  }
}

void PartFiles::note_created(uint32_t destination, uint32_t rows) {
  destinations_[destination].created += rows;
  destinations_[destination].created_left += rows;
}

void PartFiles::end_segment(Destination& d, uint32_t flags) {
  Segment& segment = *d.segment;
  segment.writer.finish(flags);
  segment.file.finish();
  d.rows += segment.writer.rows();
  d.digest += segment.writer.digest();
  d.more = flags == kEndMore;
  d.bytes += segment.file.written();
  d.segment.reset();
}

/// The file ends in a segment that another one was to follow, but none did.
void PartFiles::set_end_flags(Destination& d) {
  const std::string path = staging_.file(d.file), name = shown(d);
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) throw_write_error(name, "cannot be opened again", errno);
  HeaderBytes bytes;
  const off_t at = ::lseek(fd, -static_cast<off_t>(bytes.size()), SEEK_END);
  const bool read = at >= 0 && ::pread(fd, bytes.data(), bytes.size(), at) == static_cast<ssize_t>(bytes.size());
  int error = read ? 0 : errno;
  if (read) {
    EndRecord end = read_end(bytes, name);
    end.flags = flags_;
    bytes = write_end(end);
    if (::pwrite(fd, bytes.data(), bytes.size(), at) != static_cast<ssize_t>(bytes.size())) error = errno;
  }
  ::close(fd);
  if (!read || error != 0) throw_write_error(name, "cannot be ended", error);
  d.more = false;
}

std::vector<StagedPart> PartFiles::finish() {
  std::vector<StagedPart> parts;
  for (Destination& d : destinations_) {
    if (d.segment) end_segment(d, flags_);
    if (d.more) set_end_flags(d);
    parts.push_back({staging_.file(d.file), *d.path, d.rows, d.digest, d.bytes, false});
  }
  return parts;
}

}  // namespace ev
