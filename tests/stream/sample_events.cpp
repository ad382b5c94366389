#include "stream/sample_events.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "event/batch_builder.h"

namespace ev {

uint64_t next_random(uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

namespace {

/// Appends sample rows to a builder.
class SampleLog {
 public:
  SampleLog() {
    ts_ = builder_.path(Path{"ts"});
    struct Named {
      Path path;
      Type type;
    };
    const std::array<Named, 11> named = {{{Path{"ts"}, Type::time},
                                          {Path{"kind"}, Type::string},
                                          {Path{"id"}, Type::string},
                                          {Path{"n"}, Type::int64},
                                          {Path{"price"}, Type::float64},
                                          {Path{"ok"}, Type::boolean},
                                          {Path{"meta", "chain"}, Type::string},
                                          {Path{"v"}, Type::int64},
                                          {Path{"v"}, Type::string},
                                          {Path{"tags.all"}, Type::json},
                                          {Path{"big"}, Type::uint64}}};
    for (const Named& field : named) {
      paths_.push_back(builder_.path(field.path));
      columns_.push_back(builder_.column(paths_.back(), field.type));
    }
  }

  void append(uint32_t i) {
    cells_.clear();
    texts_.clear();
    texts_.reserve(8);
    layout_.clear();
    uint64_t state = i;
    uint64_t random = next_random(state);
    field(0, i % 11 != 5, static_cast<uint64_t>(kSampleStart + i * kSampleStep), default_form_of(i));
    static constexpr std::array<std::string_view, 5> kKinds = {"click", "view", "purchase", "",
                                                               "a longer kind of event"};
    text(1, true, std::string(kKinds[random % 5]));
    text(2, true, concat("id-", random, "-", i));
    field(3, true, static_cast<uint64_t>(static_cast<int64_t>(random % 2001) - 1000), 0);
    double price = static_cast<double>(random % 100000) / 100;
    field(4, i % 7 != 3, std::bit_cast<uint64_t>(price), 0);
    field(5, true, random >> 40 & 1, 0);
    if (i % 5 != 1) text(6, i % 4 != 2, random & 1 ? "base" : "op\xc3\xa9n");
    if (i % 2 == 0)
      field(7, true, i, 0);
    else
      text(8, true, concat("v", i % 17));
    if (i % 3 == 0) text(9, true, concat("[", i, ",{\"a\":null}]"));
    if (i % 13 == 0) field(10, true, UINT64_MAX - i, 0);
    builder_.append(builder_.layout(layout_), cells_);
  }

  Batch finish() { return builder_.finish(static_cast<int>(ts_)); }

 private:
  static uint32_t default_form_of(uint32_t i) {
    TimeForm form;
    form.digits = i % 2 ? 3 : 9;
    return form.pack();
  }
  void field(std::size_t f, bool present, uint64_t word, uint32_t length) {
    layout_.push_back(paths_[f]);
    if (present) cells_.push_back({columns_[f], length, word});
  }
  void text(std::size_t f, bool present, std::string value) {
    texts_.push_back(std::move(value));
    const std::string& kept = texts_.back();
    field(f, present, reinterpret_cast<uint64_t>(kept.data()), static_cast<uint32_t>(kept.size()));
  }

  BatchBuilder builder_;
  uint32_t ts_ = 0;
  std::vector<uint32_t> paths_, columns_, layout_;
  std::vector<Cell> cells_;
  std::vector<std::string> texts_;
};

class TrickleInput final : public Input {
 public:
  TrickleInput(std::string bytes, std::size_t step) : bytes_(std::move(bytes)), step_(step) {}
  std::size_t read(std::span<uint8_t> into) override {
    std::size_t n = std::min({into.size(), step_, bytes_.size() - at_});
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at_), n, into.begin());
    at_ += n;
    return n;
  }
  bool ready(std::chrono::nanoseconds) override { return true; }
  bool seekable() const override { return false; }
  std::size_t pread(std::span<uint8_t>, uint64_t) const override { return 0; }
  std::optional<uint64_t> size() const override { return std::nullopt; }
  uint64_t consumed() const override { return at_; }
  const std::string& name() const override { return name_; }

 private:
  std::string bytes_, name_ = "pipe";
  std::size_t step_, at_ = 0;
};

class CountingInput final : public Input {
 public:
  CountingInput(std::string bytes, uint64_t& count)
      : inner_(memory_input("counted", std::move(bytes))), count_(count) {}
  std::size_t read(std::span<uint8_t> into) override { return add(inner_->read(into)); }
  bool ready(std::chrono::nanoseconds timeout) override { return inner_->ready(timeout); }
  bool seekable() const override { return true; }
  std::size_t pread(std::span<uint8_t> into, uint64_t offset) const override {
    return add(inner_->pread(into, offset));
  }
  std::optional<uint64_t> size() const override { return inner_->size(); }
  uint64_t consumed() const override { return inner_->consumed(); }
  const std::string& name() const override { return inner_->name(); }

 private:
  std::size_t add(std::size_t n) const {
    count_ += n;
    return n;
  }
  std::unique_ptr<Input> inner_;
  uint64_t& count_;
};

std::string value_text(const Value& value) {
  std::string text = concat(type_name(value.type), ":");
  if (is_text_type(value.type)) return text + std::string(value.text);
  return concat(text, value.word, "/", value.form);
}

}  // namespace

Batch sample_batch(uint32_t first, uint32_t rows) {
  SampleLog log;
  for (uint32_t i = first; i < first + rows; i++) log.append(i);
  return log.finish();
}

Ledger created(uint64_t rows) {
  Ledger ledger;
  ledger.out = ledger.created = rows;
  return ledger;
}

std::string sample_stream(uint32_t blocks, uint32_t rows_per_block, Codec codec) {
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  for (uint32_t b = 0; b < blocks; b++)
    writer.write(encode_block(sample_batch(b * rows_per_block, rows_per_block), {codec, 3}), created(rows_per_block));
  writer.finish(0);
  return bytes;
}

const std::string& large_sample() {
  static const std::string bytes = sample_stream(12, kLargeBlockRows);
  return bytes;
}

const std::string& small_sample() {
  static const std::string bytes = [] {
    std::string made;
    auto out = memory_output(made);
    StreamWriter writer(*out);
    uint32_t first = 0;
    for (uint32_t rows : {6, 0, 24, 6}) {
      Batch batch = sample_batch(first, rows);
      batch.watermark = kSampleStart + first * kSampleStep;
      writer.write(encode_block(batch, {rows == 6 && first > 0 ? Codec::zstd : Codec::none, 3}), created(rows));
      first += rows;
    }
    writer.finish(0);
    return made;
  }();
  return bytes;
}

std::vector<std::string> row_texts(const Batch& batch) {
  std::vector<std::string> rows;
  RowReader reader(batch);
  while (reader.next()) {
    std::string text;
    for (uint16_t path : reader.layout())
      text += concat(batch.paths[path].encoded(), "=", value_text(reader.value(path)), ";");
    rows.push_back(std::move(text));
  }
  return rows;
}

std::vector<std::string> field_texts(const Batch& batch, std::string_view name) {
  int path = find_path(batch.paths, name);
  std::vector<std::string> rows;
  RowReader reader(batch);
  while (reader.next()) rows.push_back(path < 0 ? "" : value_text(reader.value(static_cast<uint16_t>(path))));
  for (std::string& row : rows)
    if (row == "null:0/0") row.clear();
  return rows;
}

Outcome read_all(std::unique_ptr<Input> input, ReadOptions options) {
  Outcome outcome;
  Projection projection = options.projection;
  StreamReader reader(std::move(input), std::move(options));
  try {
    while (auto block = reader.next()) {
      Batch batch = decode_block(*block, projection);
      outcome.block_rows.push_back(batch.rows);
      if (projection.all)
        for (std::string& row : row_texts(batch)) outcome.rows.push_back(std::move(row));
    }
    outcome.totals = reader.totals();
  } catch (const Error& error) {
    outcome.error = error.kind();
    outcome.message = error.what();
  }
  outcome.skipped = reader.skipped_rows();
  outcome.untimed = reader.skipped_untimed();
  return outcome;
}

Outcome read_all(const std::string& bytes, ReadOptions options) {
  return read_all(memory_input("memory", bytes), std::move(options));
}

std::unique_ptr<Input> trickle_input(std::string bytes, std::size_t step) {
  return std::make_unique<TrickleInput>(std::move(bytes), step);
}
std::unique_ptr<Input> counting_input(std::string bytes, uint64_t& count) {
  return std::make_unique<CountingInput>(std::move(bytes), count);
}

}  // namespace ev
