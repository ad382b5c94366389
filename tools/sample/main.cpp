// ev-sample COUNT [SEED]: writes made-up product events as JSON lines, for the demo, tests and scripts/bench.
// Users and event types follow Zipf's law, one event in fifty is sent twice, times stray by up to 5 s. Equal arguments
// give equal bytes. Not installed.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// xoroshiro128+ (Blackman, Vigna 2018).
class Random {
 public:
  explicit Random(uint64_t seed) : a_(seed * 0x9e3779b97f4a7c15ull + 1), b_(seed ^ 0xdeadbeefcafef00dull) {
    for (int i = 0; i < 20; i++) next();
  }
  uint64_t next() {
    uint64_t a = a_, b = b_, sum = a + b;
    b ^= a;
    a_ = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    b_ = (b << 37) | (b >> 27);
    return sum;
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Ranks 0 to n-1, by the inverse of a continuous Zipf(1).
  uint64_t zipf(double n) { return static_cast<uint64_t>(std::pow(n, unit())) - 1; }

 private:
  uint64_t a_, b_;
};

constexpr const char* kTypes[] = {"page_view", "quest_start", "quest_complete", "token_transfer", "wallet_connect", "nft_mint",
                                  "swap", "stake", "unstake", "login", "logout", "referral", "claim_reward", "vote", "bridge", "error"};
constexpr const char* kChains[] = {"ethereum", "polygon", "arbitrum", "optimism", "base", "solana", "bsc", "avalanche"};
constexpr const char* kCountries[] = {"US", "DE", "IN", "BR", "JP", "FR", "GB", "NG", "VN", "TR", "ID", "KR"};
constexpr int64_t kStart = 1717200000000;  // 2024-06-01T00:00:00Z in ms
constexpr int64_t kPerMillisecond = 4;     // events

std::string event(Random& random, int64_t number) {
  using ull = unsigned long long;
  uint64_t a = random.next(), b = random.next();
  int64_t time = kStart + number / kPerMillisecond + static_cast<int64_t>(random.next() % 5000);
  char id[40], line[512];
  std::snprintf(id, sizeof id, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(a >> 32), static_cast<unsigned>(a >> 16) & 0xffff,
                static_cast<unsigned>(a) & 0xfff, (static_cast<unsigned>(b >> 48) & 0x3fff) | 0x8000, static_cast<ull>(b & 0xffffffffffff));
  double gas = random.unit() * 0.05;
  const char* country = kCountries[random.zipf(12) % 12];
  ull quest = random.zipf(5000);
  const char* chain = kChains[random.zipf(8) & 7];
  ull value = random.zipf(10000);
  const char* type = kTypes[random.zipf(16) & 15];
  ull user = 1000 + random.zipf(1000000);
  std::snprintf(line, sizeof line,
                "{\"event_id\":\"%s\",\"user_id\":%llu,\"event_type\":\"%s\",\"timestamp\":%lld,\"value\":%llu,"
                "\"metadata\":{\"chain\":\"%s\",\"quest\":\"q_%llu\",\"country\":\"%s\",\"gas\":%.4f}}\n",
                id, user, type, static_cast<long long>(time), value, chain, quest, country, gas);
  return line;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "ev-sample: give the number of events: ev-sample COUNT [SEED]\n");
    return 2;
  }
  int64_t count = std::strtoll(argv[1], nullptr, 10);
  Random random(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1);
  std::vector<std::string> recent(4096);
  for (int64_t i = 0; i < count; i++) {
    std::string& slot = recent[random.next() & 4095];
    bool repeat = random.unit() < 0.02 && !slot.empty();
    if (!repeat) slot = event(random, i);
    if (std::fwrite(slot.data(), 1, slot.size(), stdout) != slot.size()) return 74;
  }
  return std::fflush(stdout) == 0 ? 0 : 74;
}
