#include "stream/ledger.h"

#include "base/text.h"

namespace ev {

Ledger& Ledger::operator+=(const Ledger& o) {
  for (const auto& [name, count] : kLedgerEntries) this->*count += o.*count;
  return *this;
}

bool Ledger::balanced() const {
  return in == passed + filtered + duplicate + rejected + late + untimed + absorbed + applied &&
         out == passed + created;
}

std::string Ledger::json() const {
  std::string text = "{";
  for (const auto& [name, count] : kLedgerEntries) {
    if (text.size() > 1) text += ',';
    text += concat('"', name, "\":", this->*count);
  }
  text += '}';
  return text;
}

}  // namespace ev
