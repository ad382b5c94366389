// ev rollup: keeps a store of time buckets at several levels up to date, and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/tool.h"
#include "io/state_file.h"

namespace ev {

struct RollupSettings {
  std::string command, store;
  std::vector<std::string> files;
  std::vector<std::string> every, by;
  std::optional<std::string> calls, timezone, where;
  std::optional<std::string> level, since, until;
  std::string batch;
  std::optional<int64_t> max_future;  // ns
  bool json = false;
};

class RollupTool : public Tool {
 public:
  std::string_view name() const override { return "rollup"; }
  std::string_view summary() const override { return "keeps time buckets at several levels up to date"; }
  std::string_view usage_tail() const override { return "create|add|read|status|check STORE [FILE...]"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  RollupSettings settings_;
  std::vector<std::string> words_;  // command, store, files
  std::optional<std::string> batch_, max_future_;
};

// The commands, a file each.
void create_store(const RollupSettings& settings, Session& session);
void add_events(const RollupSettings& settings, Session& session);
void read_store(const RollupSettings& settings, Session& session);
void print_status(const RollupSettings& settings, Session& session);
void check_store(const RollupSettings& settings, Session& session);

/// For those that lock the store.
StateFileOptions lock_options(Session& session);

}  // namespace ev
