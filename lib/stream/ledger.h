// The ledger of promise 4: what became of every row that came in, and where every row that went out came from.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ev {

/// in = passed + filtered + duplicate + rejected + late + untimed + absorbed + applied; out = passed + created.
struct Ledger {
  uint64_t in = 0, passed = 0, filtered = 0, duplicate = 0, rejected = 0, late = 0, untimed = 0, absorbed = 0, applied = 0;
  uint64_t out = 0, created = 0;

  Ledger& operator+=(const Ledger& o);
  bool operator==(const Ledger&) const = default;
  /// Whether both equations hold.
  bool balanced() const;
  /// {"in":..,"passed":..,...} in the order above, all members.
  std::string json() const;
};

/// All entries with their names, in the order of END and of json().
struct LedgerEntry {
  std::string_view name;
  uint64_t Ledger::*count;
};
inline constexpr std::array<LedgerEntry, 11> kLedgerEntries = {{{"in", &Ledger::in},
                                                                {"passed", &Ledger::passed},
                                                                {"filtered", &Ledger::filtered},
                                                                {"duplicate", &Ledger::duplicate},
                                                                {"rejected", &Ledger::rejected},
                                                                {"late", &Ledger::late},
                                                                {"untimed", &Ledger::untimed},
                                                                {"absorbed", &Ledger::absorbed},
                                                                {"applied", &Ledger::applied},
                                                                {"out", &Ledger::out},
                                                                {"created", &Ledger::created}}};

}  // namespace ev
