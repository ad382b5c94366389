#include "base/bytes.h"

#include "base/error.h"
#include "base/text.h"

namespace ev {

void ByteReader::expect_end() const {
  if (left() > 0) fail(concat(left(), left() == 1 ? " byte too many" : " bytes too many"));
}

void ByteReader::fail(std::string_view what) const {
  throw Error(ErrorKind::corrupt, std::string(place_), std::string(what));
}

}  // namespace ev
