// Inputs that begin or end with bytes in memory.
#include <algorithm>
#include <cstring>

#include "io/input.h"

namespace ev {

namespace {

class MemoryInput final : public Input {
 public:
  MemoryInput(std::string name, std::string bytes) : name_(std::move(name)), bytes_(std::move(bytes)) {}
  std::size_t read(std::span<uint8_t> into) override {
    std::size_t n = pread(into, at_);
    at_ += n;
    return n;
  }
  bool ready(std::chrono::nanoseconds) override { return true; }
  bool seekable() const override { return true; }
  std::size_t pread(std::span<uint8_t> into, uint64_t offset) const override {
    if (offset >= bytes_.size()) return 0;
    std::size_t n = std::min<std::size_t>(into.size(), bytes_.size() - offset);
    if (n > 0) std::memcpy(into.data(), bytes_.data() + offset, n);
    return n;
  }
  std::optional<uint64_t> size() const override { return bytes_.size(); }
  uint64_t consumed() const override { return at_; }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::string bytes_;
  std::size_t at_ = 0;
};

class RejoinedInput final : public Input {
 public:
  RejoinedInput(std::string first, std::unique_ptr<Input> input) : first_(std::move(first)), input_(std::move(input)) {}
  std::size_t read(std::span<uint8_t> into) override {
    if (at_ < first_.size()) {
      std::size_t n = std::min(into.size(), first_.size() - at_);
      std::memcpy(into.data(), first_.data() + at_, n);
      at_ += n;
      if (at_ == first_.size()) first_ = {}, at_ = 0;
      return n;
    }
    std::size_t n = input_->read(into);
    stopped_ = input_->stopped();
    return n;
  }
  bool ready(std::chrono::nanoseconds timeout) override { return at_ < first_.size() || input_->ready(timeout); }
  bool seekable() const override { return false; }
  std::size_t pread(std::span<uint8_t>, uint64_t) const override { return 0; }
  std::optional<uint64_t> size() const override { return input_->size(); }
  uint64_t consumed() const override { return input_->consumed(); }
  const std::string& name() const override { return input_->name(); }
  void ignore_stop() override {
    input_->ignore_stop();
    stopped_ = false;
  }

 private:
  std::string first_;
  std::size_t at_ = 0;
  std::unique_ptr<Input> input_;
};

}  // namespace

std::unique_ptr<Input> memory_input(std::string name, std::string bytes) {
  return std::make_unique<MemoryInput>(std::move(name), std::move(bytes));
}

std::unique_ptr<Input> rejoin(std::string first, std::unique_ptr<Input> input) {
  return std::make_unique<RejoinedInput>(std::move(first), std::move(input));
}

}  // namespace ev
