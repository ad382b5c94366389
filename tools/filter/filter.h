// ev filter: keeps events by an expression; picks, drops, renames, computes and
// explodes their fields.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/lookup_options.h"
#include "cli/row_options.h"
#include "cli/tool.h"

namespace ev {

class FilterTool : public Tool {
 public:
  std::string_view name() const override { return "filter"; }
  std::string_view summary() const override {
    return "keeps events by an expression; picks, drops, renames, computes and explodes fields";
  }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  RowPlan plan(const Session& session) const;
  std::unique_ptr<Output> open_fail(const Session& session) const;

  LookupOptions lookup_;
  RowOptions rows_;
  std::vector<std::string> drop_, renames_text_, key_;
  std::vector<Renaming> renames_;
  std::optional<std::string> share_, explode_, fail_;
  std::optional<Expression> sample_;
  std::optional<uint64_t> head_;
  bool any_ = false;
};

}  // namespace ev
