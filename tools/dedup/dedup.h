// ev dedup: drops repeated events by key, exactly, in a window of event time, across runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

/// What becomes of events whose whole key is null or missing.
enum class Unkeyed : uint8_t { keep, drop, equal };

struct DedupSettings {
  std::vector<std::string> key;   // empty: whole events
  std::optional<int64_t> window;  // nanoseconds
  int64_t lateness = 0;
  Unkeyed unkeyed = Unkeyed::keep;
  std::string unkeyed_text = "keep";
  std::optional<std::string> duplicates;  // the file that they go to
  bool verify = false;
  std::optional<std::string> state;
  std::string batch;
  unsigned fingerprint_bits = 128;  // fewer for tests
};

class DedupTool : public Tool {
 public:
  std::string_view name() const override { return "dedup"; }
  std::string_view summary() const override { return "drops repeated events by key, exactly, also across runs"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  /// --status and --forget.
  void tend_state(Session& session) const;

  DedupSettings settings_;
  std::optional<std::string> window_text_, lateness_text_, batch_, forget_text_;
  std::optional<uint64_t> fingerprint_bits_;
  std::optional<int64_t> forget_;
  bool status_ = false;
};

}  // namespace ev
