#include "base/error.h"

#include <system_error>

namespace ev {

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return 2;
    case ErrorKind::corrupt:
      return 65;
    case ErrorKind::no_input:
      return 66;
    case ErrorKind::refused:
      return 69;
    case ErrorKind::bug:
      return 70;
    case ErrorKind::cannot_create:
      return 73;
    case ErrorKind::io:
      return 74;
    case ErrorKind::locked:
      return 75;
    case ErrorKind::truncated:
      return 76;
  }
  return 70;
}

Error::Error(ErrorKind kind, std::string place, std::string what, std::string remedy)
    : kind_(kind), place_(std::move(place)), what_(std::move(what)), remedy_(std::move(remedy)) {
  if (!place_.empty()) text_ = place_ + ": ";
  text_ += what_;
  if (!remedy_.empty()) text_ += "; " + remedy_;
}

Error Error::within(std::string_view outer) const {
  std::string place(outer);
  if (!place_.empty()) place += (place.empty() ? "" : ": ") + place_;
  return Error(kind_, std::move(place), what_, remedy_);
}

Error system_error(ErrorKind kind, std::string place, std::string_view verb, int errno_value) {
  // generic_category() is thread-safe, unlike strerror().
  return Error(kind, std::move(place), std::string(verb) + ": " + std::generic_category().message(errno_value));
}

}  // namespace ev
