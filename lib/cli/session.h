// The session of a running tool: what run_tool() gives to Tool::run().
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/export_pipe.h"
#include "cli/messages.h"
#include "cli/progress_bar.h"
#include "cli/shared_options.h"
#include "cli/tool.h"

namespace ev {

class ToolSession final : public Session {
 public:
  ToolSession(std::string_view tool, const SharedOptionSet& set, SharedOptions options, ReportOptions report,
              Messages& messages);

  const SharedOptions& options() const override { return options_; }
  void count_from(int64_t now_ns) override;
  StopCheck stop_check() const override;
  void cancel(std::exception_ptr why) noexcept override;
  int signal() const override;
  void warn(std::string_view text) override;
  void notice(std::string_view text) override;
  void exit_at_least(int code) override;
  Output& output() override;
  void finish_output() override;
  void drop_output() noexcept override;
  void restart_output() override;
  void progress(const Progress& now) override;
  void set_ledger(const Ledger& ledger) override { ledger_ = ledger; }
  void add_spilled(uint64_t bytes) override { spilled_ += bytes; }

  // For run_tool().
  /// Requires that `read` gives the options at a time: for count_from().
  void set_reader(std::function<SharedOptions(int64_t now_ns)> read) { read_options_ = std::move(read); }
  int exit_status() const { return exit_; }
  /// Opened, but not finished.
  bool output_left_open() const { return output_ && !output_finished_; }
  /// Whether ev-export prints the output.
  bool exporting() const { return export_ != nullptr; }
  void clear_progress() { bar_.clear(); }
  /// After a failure: drops the output. Exit status of ev-export, 0 without one.
  int give_up() noexcept;
  /// The final --stats.
  void report();

 private:
  void open_export_pipe(std::vector<std::string> format);
  std::unique_ptr<Output> open_file() const;
  bool wants_progress() const;
  void write_stats_now();

  using Clock = std::chrono::steady_clock;
  std::string tool_;
  SharedOptionSet set_;
  SharedOptions options_;
  std::function<SharedOptions(int64_t)> read_options_;
  ReportOptions report_;
  Messages& messages_;
  ProgressBar bar_;
  std::unique_ptr<Output> output_;
  ExportPipe* export_ = nullptr;  // output_, where it is one
  bool output_finished_ = false;
  int exit_ = 0;
  Ledger ledger_;
  Progress progress_;
  uint64_t spilled_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_stats_;
};

}  // namespace ev
