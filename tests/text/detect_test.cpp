#include <doctest/doctest.h>

#include <string>

#include "base/pod_vector.h"
#include "text/detect.h"

using namespace ev;

static InputKind kind(std::string_view text) {
  return detect_input(as_bytes(text));
}
static std::string description(std::string_view text) {
  return describe_bytes(as_bytes(text));
}

TEST_CASE("kinds of input") {
  CHECK(kind("") == InputKind::empty);
  CHECK(kind("\x89"
             "EVH") == InputKind::event_stream);
  CHECK(kind("\x89PNG") == InputKind::other);
  CHECK(kind("{\"a\":1}") == InputKind::json_lines);
  CHECK(kind("\xef\xbb\xbf \r\n\t{") == InputKind::json_lines);
  CHECK(kind("[{}]") == InputKind::other);
  CHECK(kind("\x1f\x8b\x08") == InputKind::gzip);
  CHECK(kind("\x28\xb5\x2f\xfd") == InputKind::zstd);
  CHECK(kind("a,b\n") == InputKind::other);
}

TEST_CASE("what other input looks like") {
  CHECK(description("PAR1\x15") == "looks like a Parquet file");
  CHECK(description("ARROW1") == "looks like an Arrow file");
  CHECK(description("\x1f\x8b\x08") == "looks like gzip: read it with ev ingest");
  CHECK(description("a,b,c\n1,2,3\n") == "looks like CSV");
  CHECK(description("a\tb\n1\t2\n") == "looks like TSV");
  CHECK(description("level=info msg=\"a b\" n=1\n") == "looks like logfmt");
  CHECK(description("1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2\n") ==
        "looks like an access log");
  CHECK(description("<34>1 2003-10-11T22:14:15Z host app\n") == "looks like syslog");
  CHECK(description("Oct 11 22:14:15 host su: x\n") == "looks like syslog");
  CHECK(description("[\n{\"a\":1}]").starts_with("looks like a JSON array"));
  CHECK(description("hello world\n") == "looks like plain text");
  CHECK(description(std::string_view("ab\0cd", 5)) == "looks like binary data");
  CHECK(description("{\"a\":1}").starts_with("looks like JSON lines"));
}
