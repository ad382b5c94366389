#include <doctest/doctest.h>

#include <string>

#include "base/pod_vector.h"
#include "text/detect.h"
#include "text/text_format.h"

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
  CHECK(kind("{\"a\":1}") == InputKind::json);
  CHECK(kind("\xef\xbb\xbf \r\n\t{") == InputKind::json);
  CHECK(kind("[{}]") == InputKind::json);
  CHECK(kind(" [\r\n ]") == InputKind::json);
  CHECK(kind("[1]") == InputKind::other);
  CHECK(kind("[2024-06-01] x") == InputKind::other);
  CHECK(kind("\x1f\x8b\x08") == InputKind::gzip);
  CHECK(kind("\x28\xb5\x2f\xfd") == InputKind::zstd);
  CHECK(kind("a,b\n") == InputKind::other);
}

TEST_CASE("what other input looks like") {
  CHECK(description("PAR1\x15") == "looks like a Parquet file");
  CHECK(description("ARROW1") == "looks like an Arrow file");
  CHECK(description("\x1f\x8b\x08") == "looks like gzip: read it with ev ingest");
  CHECK(description("a,b,c\n1,2,3\n") == "looks like csv: read it with ev ingest");
  CHECK(description("a\tb\n1\t2\n") == "looks like tsv: read it with ev ingest");
  CHECK(description("level=info msg=\"a b\" n=1\n") == "looks like logfmt: read it with ev ingest");
  CHECK(description("1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2\n") ==
        "looks like combined: read it with ev ingest");
  CHECK(description("<34>1 2003-10-11T22:14:15Z host app\n") == "looks like syslog: read it with ev ingest");
  CHECK(description("2016-10-06T00:17:09.669794202Z stdout P x\n") == "looks like cri: read it with ev ingest");
  CHECK(description("[\n{\"a\":1}]").starts_with("looks like JSON"));
  CHECK(description("hello world\n") == "looks like plain text: `ev ingest -f lines` makes an event of each line");
  CHECK(description(std::string_view("ab\0cd", 5)) == "looks like binary data");
  CHECK(description("{\"a\":1}").starts_with("looks like JSON"));
}

TEST_CASE("formats of text are told by their first line") {
  auto format = [](std::string_view text) {
    const auto found = detect_text_format(text);
    return found ? format_name(*found) : "none";
  };
  for (const char* line :
       {"<34>1 2003-10-11T22:14:15Z host app - - - x", "<34>1 - - - - - -", "<34>Oct 11 22:14:15 host su: x",
        "<34>2003-10-11T22:14:15Z host su: x", "Oct  1 22:14:15 host su: x", "Oct 11 22:14:15 host su[1]: a=1 b=2",
        "Oct 11 22:14:15 host nginx: 1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2",
        "2024-10-11T22:14:15.123456+02:00 host systemd[1]: x", "2024-10-11T22:14:15.123456+02:00 host kernel: a, b"}) {
    CAPTURE(line);
    CHECK(format(line) == "syslog");
    CHECK(format(std::string(line) + "\r\nx\r\n") == "syslog");
  }
  for (const char* line : {"2016-10-06T00:17:09.669794202Z stdout P x", "2016-10-06T00:17:09Z stderr F",
                           "2016-10-06T00:17:09Z stdout F 1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 2",
                           "2016-10-06T00:17:09Z stdout F {\"a\":1}"}) {
    CAPTURE(line);
    CHECK(format(line) == "cri");
    CHECK(format(std::string(line) + "\r\n") == "cri");
  }
  for (const char* line : {"<a>Oct 11 22:14:15 h", "<34>x", "<>x", "<", "Oct 11 was a day", "Oct",
                           "2024-10-11T22:14:15Z INFO worker[12]: x", "2024-10-11T22:14:15.123456+02:00 INFO x",
                           "2024-10-11T22:14:15.123456+02:00 INFO", "2016-10-06T00:17:09Z stdout x", "2016-10-06 stdout F x"}) {
    CAPTURE(line);
    CHECK(format(line) == "none");
  }
}
