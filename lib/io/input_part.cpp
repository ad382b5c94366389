// Parts of inputs: what lies between two offsets.
#include <algorithm>

#include "io/input.h"

namespace ev {

namespace {

/// Leaves what concerns the whole file to the input that it is a part of.
class Part : public Input {
 public:
  explicit Part(std::unique_ptr<Input> input) : input_(std::move(input)) {}
  bool ready(std::chrono::nanoseconds timeout) final { return input_->ready(timeout); }
  std::optional<FileFacts> facts() const final { return input_->facts(); }
  const std::string& name() const final { return input_->name(); }
  void ignore_stop() final {
    input_->ignore_stop();
    stopped_ = false;
  }

 protected:
  std::unique_ptr<Input> input_;
};

class FilePart final : public Part {
 public:
  FilePart(std::unique_ptr<Input> input, uint64_t from, uint64_t to)
      : Part(std::move(input)), from_(from), to_(to), at_(from) {}
  std::size_t read(std::span<uint8_t> into) override {
    const std::size_t n = pread(into, at_ - from_);
    at_ += n;
    return n;
  }
  bool seekable() const override { return true; }
  std::size_t pread(std::span<uint8_t> into, uint64_t offset) const override {
    if (offset >= to_ - from_) return 0;
    return input_->pread(into.first(std::min<uint64_t>(into.size(), to_ - from_ - offset)), from_ + offset);
  }
  std::optional<uint64_t> size() const override {
    const uint64_t end = std::min(input_->size().value_or(0), to_);
    return end > from_ ? end - from_ : 0;
  }
  uint64_t consumed() const override { return at_ - from_; }

 private:
  uint64_t from_, to_, at_;
};

class FirstBytes final : public Part {
 public:
  FirstBytes(std::unique_ptr<Input> input, uint64_t bytes) : Part(std::move(input)), left_(bytes) {}
  std::size_t read(std::span<uint8_t> into) override {
    const std::size_t n = input_->read(into.first(std::min<uint64_t>(into.size(), left_)));
    left_ -= n;
    stopped_ = input_->stopped();
    return n;
  }
  bool seekable() const override { return false; }
  std::size_t pread(std::span<uint8_t>, uint64_t) const override { return 0; }
  std::optional<uint64_t> size() const override { return input_->size(); }
  uint64_t consumed() const override { return input_->consumed(); }

 private:
  uint64_t left_;
};

}  // namespace

std::unique_ptr<Input> part_of(std::unique_ptr<Input> input, uint64_t from, uint64_t to) {
  return std::make_unique<FilePart>(std::move(input), from, std::max(from, to));
}

std::unique_ptr<Input> at_most(std::unique_ptr<Input> input, uint64_t bytes) {
  return std::make_unique<FirstBytes>(std::move(input), bytes);
}

}  // namespace ev
