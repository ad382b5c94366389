#include <doctest/doctest.h>

#include "base/error.h"
#include "line_reading.h"
#include "text/nginx_format.h"

using namespace ev;
using namespace ev::test;

namespace {

constexpr std::string_view kCombined =
    R"($remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time)";

Rows nginx(std::string_view format, std::string_view text) {
  return read_all(*make_nginx_parser(format, FieldChoice{}), text);
}
std::string usage_of(std::string_view format) {
  try {
    parse_nginx_format(format);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.reason();
  }
  return "none";
}

}  // namespace

TEST_CASE("nginx: the combined format with a time") {
  CHECK(nginx(kCombined, "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.1\" 200 2326 \"-\" \"Mozilla/5.0 (X11)\" "
                         "0.012\r\n::1 - 17 [t] \"\" 499 0 \"\" \"12\" -") ==
        Rows{"remote_addr=s:1.2.3.4|remote_user=n:|time_local=s:10/Oct/2000:13:55:36 -0700|request=s:GET /a?b=c HTTP/1.1|"
             "status=i:200|body_bytes_sent=i:2326|http_referer=n:|http_user_agent=s:Mozilla/5.0 (X11)|"
             "request_time=d:3f889374bc6a7efa",
             "remote_addr=s:::1|remote_user=s:17|time_local=s:t|request=s:|status=i:499|body_bytes_sent=i:0|http_referer=s:|"
             "http_user_agent=s:12|request_time=n:"});
}

TEST_CASE("nginx: in quotes, an escaped quote ends nothing, and escapes stay") {
  CHECK(nginx("\"$request\" $status", R"("a \"b\" c\\" 5)" "\n" R"("\x22 \d" 6)" "\n" R"("a"b" 7)") ==
        Rows{R"(request=s:a \"b\" c\\|status=i:5)", R"(request=s:\x22 \d|status=i:6)",
             R"(reject 3: ends before the format does, or has other text between its values ["a"b" 7])"});
}

TEST_CASE("nginx: names in braces, values that touch literals, text around") {
  CHECK(nginx("<${status}0$msec>", "<201.5>\n<40>\n<5>\nx<201>\n<201>y\n") ==
        Rows{"status=i:2|msec=d:3ff8000000000000", "status=i:4|msec=s:",
             "reject 3: ends before the format does, or has other text between its values [<5>]",
             "reject 4: does not begin as the format does [x<201>]", "reject 5: goes on after the end of the format [<201>y]"});
}

TEST_CASE("nginx: the whole directive, as it stands in the configuration") {
  const NginxFormat format = parse_nginx_format(
      "log_format main escape=default\n  '$remote_addr - \"$request\" '\n  'it\\'s $status';\n");
  CHECK(format.begin == "");
  REQUIRE(format.variables.size() == 3);
  CHECK(format.variables[0].literal == " - \"");
  CHECK(format.variables[1].literal == "\" it's ");
  CHECK(format.variables[1].quoted);
  CHECK(format.variables[2].literal == "");
  CHECK(parse_nginx_format("'$a' \" $b\"").variables[0].literal == " ");
}

TEST_CASE("nginx: times and addresses of several upstream servers are one value") {
  CHECK(nginx("$upstream_addr $upstream_response_time $request_time",
              "10.0.0.1:80, 10.0.0.2:80 0.001, 0.002 0.003\nunix:/a : 10.0.0.2:80 0.5 : - 1\n- - 2\n") ==
        Rows{"upstream_addr=s:10.0.0.1:80, 10.0.0.2:80|upstream_response_time=s:0.001, 0.002|request_time=d:3f689374bc6a7efa",
             "upstream_addr=s:unix:/a : 10.0.0.2:80|upstream_response_time=s:0.5 : -|request_time=i:1",
             "upstream_addr=n:|upstream_response_time=n:|request_time=i:2"});
}

TEST_CASE("nginx: what is refused, and why") {
  CHECK(only_reason(nginx("a$b", "b")) == "does not begin as the format does");
  CHECK(only_reason(nginx("$a,$b,", "1,2")) == "ends before the format does, or has other text between its values");
  CHECK(only_reason(nginx("$a]", "x]y]")) == "goes on after the end of the format");
  CHECK(only_reason(nginx("\"$a\"", "\"x")) == "ends before the format does, or has other text between its values");
  CHECK(only_reason(nginx("\"$a\"", "\"x\\")) == "ends before the format does, or has other text between its values");
  CHECK(only_reason(nginx("$a", "\xff")) == "column 1: invalid UTF-8");
}

TEST_CASE("nginx: what is no format") {
  CHECK(usage_of("") == "nginx: the format has no $variable");
  CHECK(usage_of("plain") == "nginx: the format has no $variable");
  CHECK(usage_of("$a$b") == "nginx: nothing stands between $a and the variable after it");
  CHECK(usage_of("${a}${b}") == "nginx: nothing stands between $a and the variable after it");
  CHECK(usage_of("$ x") == "nginx: no name of a variable follows a $");
  CHECK(usage_of("$") == "nginx: no name of a variable follows a $");
  CHECK(usage_of("${a x") == "nginx: ${a is not closed");
  CHECK(usage_of("log_format main $a;") == "nginx: a part of the log_format has no quotes");
  CHECK(usage_of("log_format main '$a") == "nginx: a part of the log_format is not closed");
  CHECK(usage_of("log_format") == "nginx: the format has no $variable");
}

TEST_CASE("nginx: whatever the line, it is an event or a reject") {
  check_mutations([] { return make_nginx_parser(kCombined, FieldChoice{}); },
                  {"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.1\" 200 2326 \"-\" \"Mozilla \\\"x\\\"\" 0.012",
                   "::1 - bob [10/Oct/2000:13:55:36 -0700] \"\\x16\\x03\" 400 0 \"http://a\" \"-\" 1"},
                  " []\"\\-1");
}
