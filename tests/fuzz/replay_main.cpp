// Runs a fuzz target over the files and folders given, without a fuzzer: the corpora are ordinary tests. With
// --mutations=N, N inputs that random edits made of those files follow, the same in every run.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
/// A target may have none.
extern "C" __attribute__((weak)) int LLVMFuzzerInitialize(int* argc, char*** argv);

namespace {

using Random = std::mt19937_64;

void run(const std::string& input) {
  // Copied, so that a read beyond the bytes is a read beyond the allocation.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

std::vector<std::string> read_files(const std::vector<std::string>& places) {
  namespace fs = std::filesystem;
  std::vector<fs::path> paths;
  for (const fs::path place : places) {
    if (!fs::is_directory(place))
      paths.push_back(place);
    else
      for (const auto& entry : fs::recursive_directory_iterator(place))
        if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  // Folders list their files in no order.
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> inputs;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return inputs;
}

/// One edit: bytes that matter to many formats, a piece of another input, a piece doubled or lost.
void edit(std::string& text, const std::vector<std::string>& others, Random& random) {
  using namespace std::string_view_literals;
  static constexpr std::string_view kBytes = "\"'\\{}[]():;=<>,.-+#%|/ \t\r\n09aeEZ\x7f\xff\xc3\xed\xa0\xef\x00\x1b"sv;
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % std::max<std::size_t>(n, 1)); };
  const std::size_t at = below(text.size() + 1);
  const auto place = text.begin() + static_cast<std::ptrdiff_t>(at);
  const std::string& other = others[below(others.size())];
  switch (random() % 8) {
    case 0:
      text.resize(at);
      break;
    case 1:
      text.erase(at, 1 + below(16));
      break;
    case 2:
      text.insert(at, text.substr(at, 1 + below(64)));
      break;
    case 3:
      text.insert(at, other.substr(below(other.size()), 1 + below(64)));
      break;
    case 4:
    case 5:
      if (at < text.size()) {
        *place = kBytes[below(kBytes.size())];
        break;
      }
      [[fallthrough]];
    default:
      text.insert(place, kBytes[below(kBytes.size())]);
  }
}

// Texts are looked at in pieces of up to 64 KiB; now and then one is repeated until it is longer.
constexpr std::size_t kLongBytes = 70000, kLongEvery = 500;

void repeat(std::string& text) {
  const std::string once = text;
  while (!once.empty() && text.size() < kLongBytes) text += once;
}

}  // namespace

int main(int argc, char** argv) {
  if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
  constexpr std::string_view kMutations = "--mutations=";
  std::size_t mutations = 0;
  std::vector<std::string> places;
  for (const std::string& word : std::vector<std::string>(argv + 1, argv + argc)) {
    if (word.starts_with(kMutations))
      mutations = std::stoul(word.substr(kMutations.size()));
    else
      places.push_back(word);
  }
  const std::vector<std::string> inputs = read_files(places);
  if (inputs.empty()) {
    std::fputs("no inputs\n", stderr);
    return 1;  // a corpus that is not there is a failure
  }
  for (const std::string& input : inputs) run(input);
  Random random(1);
  for (std::size_t n = 0; n < mutations; n++) {
    std::string input = inputs[n % inputs.size()];
    for (std::size_t edits = 1 + random() % 6; edits > 0; edits--) edit(input, inputs, random);
    if (n % kLongEvery == kLongEvery - 1) repeat(input);
    run(input);
  }
  std::printf("%zu inputs, %zu mutated\n", inputs.size(), mutations);
  return 0;
}
