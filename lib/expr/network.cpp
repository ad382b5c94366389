// cidr_match(): whether an address lies in a network.
#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <vector>

#include "base/text.h"
#include "expr/elementwise.h"

namespace ev {
namespace {

/// An address of IPv6, or of IPv4 as IPv6 writes it: ::ffff:a.b.c.d.
using Address = std::array<uint8_t, 16>;
constexpr unsigned kAddressBits = 128, kVersion4Bits = 32;

constexpr Address kVersion4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};

std::optional<Address> read_address(std::string_view text, bool& version4) {
  char terminated[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof terminated || text.find('\0') != text.npos) return std::nullopt;
  std::copy(text.begin(), text.end(), terminated);
  terminated[text.size()] = '\0';
  Address address = kVersion4Prefix;
  version4 = inet_pton(AF_INET, terminated, address.data() + 12) == 1;
  if (version4) return address;
  if (inet_pton(AF_INET6, terminated, address.data()) != 1) return std::nullopt;
  return address;
}

struct Network {
  Address address{};
  unsigned bits = kAddressBits;  // that count, of all 128
  bool holds(const Address& other) const {
    const unsigned bytes = bits / 8, rest = bits % 8;
    if (std::memcmp(address.data(), other.data(), bytes) != 0) return false;
    return rest == 0 || ((address[bytes] ^ other[bytes]) >> (8 - rest)) == 0;
  }
};

struct Networks : Bound {
  std::vector<Network> networks;
};

Network read_network(const BindContext& context, std::size_t argument) {
  const std::string_view text = context.arguments[argument].text;
  const std::size_t slash = text.find('/');
  bool version4 = false;
  const std::optional<Address> address = read_address(text.substr(0, slash), version4);
  const unsigned most = version4 ? kVersion4Bits : kAddressBits;
  unsigned bits = most;
  bool good = address.has_value();
  if (good && slash != text.npos) {
    const char *begin = text.data() + slash + 1, *end = text.data() + text.size();
    auto [at, error] = std::from_chars(begin, end, bits);
    good = error == std::errc() && at == end && bits <= most;
  }
  if (!good)
    context.fail(argument, concat("\"", text, "\" is no network"), "write \"10.0.0.0/8\" or \"2001:db8::/32\"");
  return {*address, bits + kAddressBits - most};
}

std::shared_ptr<const Bound> bind_networks(const BindContext& context) {
  auto bound = std::make_shared<Networks>();
  for (std::size_t i = 1; i < context.arguments.size(); i++) bound->networks.push_back(read_network(context, i));
  return bound;
}

void cidr_match(Call& call) {
  const auto& networks = static_cast<const Networks*>(call.bound)->networks;
  compute_truth(call, [&](std::span<const Value> values) {
    bool version4 = false;
    const std::optional<Address> address = read_address(values[0].text, version4);
    return address &&
           std::any_of(networks.begin(), networks.end(), [&](const Network& n) { return n.holds(*address); });
  });
}

constexpr std::array<Function, 1> kFunctions = {{{"cidr_match",
                                                  "cidr_match(address, network, ...)",
                                                  2,
                                                  kMaxArguments,
                                                  {kText, kText, kText},
                                                  kBoolean,
                                                  0xfffe,
                                                  cidr_match,
                                                  bind_networks}}};

}  // namespace

std::span<const Function> network_functions() {
  return kFunctions;
}

}  // namespace ev
