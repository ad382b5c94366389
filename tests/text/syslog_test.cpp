#include <doctest/doctest.h>

#include <string>

#include "line_reading.h"
#include "text/syslog.h"

using namespace ev;
using namespace ev::test;

namespace {

Rows syslog(std::string_view text, int32_t year = 0) {
  return read_all(*make_syslog_parser(year, FieldChoice{}), text);
}
std::string why_not(std::string_view line) {
  return only_reason(syslog(line));
}

}  // namespace

TEST_CASE("syslog: the examples of RFC 5424, section 6.5") {
  CHECK(syslog("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' failed for lonvick "
               "on /dev/pts/8\n") ==
        Rows{"facility=s:auth|severity=s:crit|time=s:2003-10-11T22:14:15.003Z|host=s:mymachine.example.com|app=s:su|"
             "procid=n:|msgid=s:ID47|message=s:'su root' failed for lonvick on /dev/pts/8"});
  CHECK(syslog("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.\n") ==
        Rows{"facility=s:local4|severity=s:notice|time=s:2003-08-24T05:14:15.000003-07:00|host=s:192.0.2.1|app=s:myproc|"
             "procid=i:8710|msgid=n:|message=s:%% It's time to make the do-nuts."});
  CHECK(syslog("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" "
               "eventSource=\"Application\" eventID=\"1011\"] \xef\xbb\xbf" "An application event log entry...\n") ==
        Rows{"facility=s:local4|severity=s:notice|time=s:2003-10-11T22:14:15.003Z|host=s:mymachine.example.com|"
             "app=s:evntslog|procid=n:|msgid=s:ID47|exampleSDID@32473.iut=i:3|exampleSDID@32473.eventSource=s:Application|"
             "exampleSDID@32473.eventID=i:1011|message=s:An application event log entry..."});
  CHECK(syslog("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" "
               "eventSource=\"Application\" eventID=\"1011\"][examplePriority@32473 class=\"high\"]") ==
        Rows{"facility=s:local4|severity=s:notice|time=s:2003-10-11T22:14:15.003Z|host=s:mymachine.example.com|"
             "app=s:evntslog|procid=n:|msgid=s:ID47|exampleSDID@32473.iut=i:3|exampleSDID@32473.eventSource=s:Application|"
             "exampleSDID@32473.eventID=i:1011|examplePriority@32473.class=s:high"});
}

TEST_CASE("syslog: the examples of RFC 3164, section 5.4") {
  CHECK(syslog("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8") ==
        Rows{"facility=s:auth|severity=s:crit|time=s:Oct 11 22:14:15|host=s:mymachine|app=s:su|"
             "message=s:'su root' failed for lonvick on /dev/pts/8"});
  CHECK(why_not("Use the BFG!") == "has neither a priority nor a time");
  CHECK(syslog("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!") ==
        Rows{"facility=s:user|severity=s:notice|time=s:Feb  5 17:32:18|host=s:10.0.0.99|message=s:Use the BFG!"});
  CHECK(syslog("<165>Aug 24 05:34:00 CST 1987 mymachine myproc[10]: %% It's time") ==
        Rows{"facility=s:local4|severity=s:notice|time=s:Aug 24 05:34:00|host=s:CST|"
             "message=s:1987 mymachine myproc[10]: %% It's time"});
  CHECK(why_not("<0>1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: That's All Folks!") ==
        "has no time after the priority");
  CHECK(syslog("<0>Oct 22 10:52:12 scapegoat 1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: Bye") ==
        Rows{"facility=s:kern|severity=s:emerg|time=s:Oct 22 10:52:12|host=s:scapegoat|"
             "message=s:1990 Oct 22 10:52:01 TZ-6 scapegoat.dmz.example.org 10.1.2.3 sched[0]: Bye"});
}

TEST_CASE("syslog: lines of files and journals") {
  CHECK(syslog("Jan  2 03:04:05 web1 sshd[1234]: Accepted publickey for root\r\n"
               "2024-10-11T22:14:15.123456+02:00 web1 kernel: [   12.345678] eth0: link up\n"
               "Oct 11 22:14:15 web1 postfix/smtpd[99]: connect from unknown[1.2.3.4]\n"
               "Oct 11 22:14:15.042 web1 systemd[1]: Started Daily apt download activities.\n"
               "2024-10-11T22:14:15+0200 web1 CRON[77]: (root) CMD (true)") ==
        Rows{"time=s:Jan  2 03:04:05|host=s:web1|app=s:sshd|procid=i:1234|message=s:Accepted publickey for root",
             "time=s:2024-10-11T22:14:15.123456+02:00|host=s:web1|app=s:kernel|message=s:[   12.345678] eth0: link up",
             "time=s:Oct 11 22:14:15|host=s:web1|app=s:postfix/smtpd|procid=i:99|message=s:connect from unknown[1.2.3.4]",
             "time=s:Oct 11 22:14:15.042|host=s:web1|app=s:systemd|procid=i:1|"
             "message=s:Started Daily apt download activities.",
             "time=s:2024-10-11T22:14:15+0200|host=s:web1|app=s:CRON|procid=i:77|message=s:(root) CMD (true)"});
}

TEST_CASE("syslog: hosts and tags may be missing") {
  CHECK(syslog("<13>Oct  1 00:00:00 su: by /dev/log\n<13>Oct 1 00:00:00 cron[5]: x\n") ==
        Rows{"facility=s:user|severity=s:notice|time=s:Oct  1 00:00:00|app=s:su|message=s:by /dev/log",
             "facility=s:user|severity=s:notice|time=s:Oct 1 00:00:00|app=s:cron|procid=i:5|message=s:x"});
  CHECK(syslog("Oct 01 00:00:00 fe80:: a::b: x\nOct 01 00:00:00 [::1]: app[x-1] y\nOct 01 00:00:00 h\n") ==
        Rows{"time=s:Oct 01 00:00:00|host=s:fe80::|app=s:a::b|message=s:x",
             "time=s:Oct 01 00:00:00|host=s:[::1]:|app=s:app|procid=s:x-1|message=s:y", "time=s:Oct 01 00:00:00|host=s:h"});
  CHECK(syslog("Oct 01 00:00:00 h app:\nOct 01 00:00:00 h app[1]:glued\nOct 01 00:00:00 h a[] x\nOct 01 00:00:00 h : x\n"
               "Oct 01 00:00:00 h http://a b\nOct 01 00:00:00 h a[1]b: x\nOct 01 00:00:00 h a[1 2]: x\n") ==
        Rows{"time=s:Oct 01 00:00:00|host=s:h|app=s:app|message=s:",
             "time=s:Oct 01 00:00:00|host=s:h|app=s:app|procid=i:1|message=s:glued",
             "time=s:Oct 01 00:00:00|host=s:h|message=s:a[] x", "time=s:Oct 01 00:00:00|host=s:h|message=s:: x",
             "time=s:Oct 01 00:00:00|host=s:h|message=s:http://a b", "time=s:Oct 01 00:00:00|host=s:h|message=s:a[1]b: x",
             "time=s:Oct 01 00:00:00|host=s:h|message=s:a[1 2]: x"});
}

TEST_CASE("syslog: with a year, times are times") {
  CHECK(syslog("Oct  1 22:14:15 h a: b\nDec 31 23:59:59,5 h a: b\n<13>1 2003-01-01T00:00:00Z - - - - -\n", 2024) ==
        Rows{"time=s:2024-10-01T22:14:15|host=s:h|app=s:a|message=s:b",
             "time=s:2024-12-31T23:59:59,5|host=s:h|app=s:a|message=s:b",
             "facility=s:user|severity=s:notice|time=s:2003-01-01T00:00:00Z|host=n:|app=n:|procid=n:|msgid=n:"});
  TextUnit unit = make_unit("Jan  1 00:00:01 h a: b\nFeb 30 00:00:00 h a: b\nOct 11 22:14:15");
  unit.time_path = Path().child("time");
  const auto parser = make_syslog_parser(1970, FieldChoice{});
  const ParsedText parsed = parser->parse(unit);
  const Rows rows = rows_of(parsed.batch);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].starts_with("time=t:1000000000:"));
  CHECK(rows[1].starts_with("time=s:1970-02-30T00:00:00|"));
  CHECK(parsed.batch.time_path >= 0);
}

TEST_CASE("syslog: all facilities and severities") {
  const std::string_view facilities[] = {"kern", "user",  "mail",  "daemon", "auth",   "syslog", "lpr",    "news",
                                         "uucp", "cron",  "authpriv", "ftp", "ntp",    "audit",  "alert",  "clock",
                                         "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"};
  const std::string_view severities[] = {"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
  for (unsigned n = 0; n < 192; n++) {
    const Rows rows = syslog("<" + std::to_string(n) + ">Oct 11 22:14:15 h");
    REQUIRE(rows.size() == 1);
    CHECK(rows[0] == "facility=s:" + std::string(facilities[n / 8]) + "|severity=s:" + std::string(severities[n % 8]) +
                         "|time=s:Oct 11 22:14:15|host=s:h");
  }
}

TEST_CASE("syslog: structured data") {
  const std::string head = "<13>1 - - - - - ", fields = "facility=s:user|severity=s:notice|time=n:|host=n:|app=n:|procid=n:|msgid=n:";
  auto data = [&](const std::string& text) {
    const Rows rows = syslog(head + text + "\n");
    REQUIRE(rows.size() == 1);
    return rows[0].starts_with(fields) ? rows[0].substr(fields.size()) : rows[0];
  };
  CHECK(data(R"([a b="x\"y\\z\]" c="\d" e="1.5" f="007" g="" h="true" i="]"])") ==
        R"(|a.b=s:x"y\z]|a.c=s:\d|a.e=d:3ff8000000000000|a.f=s:007|a.g=s:|a.h=b:true|a.i=s:])");
  CHECK(data("[a][b c=\"1\"  d=\"2\" ] ") == "|a=j:{}|b.c=i:1|b.d=i:2|message=s:");
  CHECK(data("[host k=\"1\"][x.y k.l=\"2\"] m") == "|sd_host.k=i:1|x.y.k.l=i:2|message=s:m");
  CHECK(data("[a b=\"1\" b=\"2\"]") == "|a.b=i:2");
  CHECK(data("- \xef\xbb\xbf") == "|message=s:");
  CHECK(data("-") == "");
  for (const auto& [text, reason] : {std::pair{"[a", "structured data is not closed"},
                                     std::pair{"[a ", "structured data is not closed"},
                                     std::pair{"[a b=\"1\"", "structured data is not closed"},
                                     std::pair{"[] x", "structured data has no SD-ID"},
                                     std::pair{"[a=\"1\"]", "structured data has no SD-ID"},
                                     std::pair{"[a b=1]", "a param has no quoted value"},
                                     std::pair{"[a b]", "a param has no quoted value"},
                                     std::pair{"[a =\"1\"]", "a param has no quoted value"},
                                     std::pair{"[a b=\"1]", "a param's value is not closed"},
                                     std::pair{"[a b=\"1\\\"]", "a param's value is not closed"},
                                     std::pair{"[a b=\"1\"c]", "text follows a param's closing quote"},
                                     std::pair{"[a b=\"1\"]x", "text follows the structured data"},
                                     std::pair{"-x", "text follows the structured data"},
                                     std::pair{"[a][a]", "an SD-ID stands twice"},
                                     std::pair{"[a k=\"1\"][a]", "an SD-ID stands twice"},
                                     std::pair{"x", "has no structured data after the msgid"}})
    CHECK(why_not(head + text) == reason);
  const std::string long_name(65536, 'x');
  CHECK(why_not(head + "[" + long_name + "]") == "an SD-ID is longer than 65,535 bytes");
  CHECK(why_not(head + "[a " + long_name + "=\"\"]") == "a param's name is longer than 65,535 bytes");
}

TEST_CASE("syslog: an element that is not wanted still stands only once") {
  FieldChoice choice{false, {"host"}};
  const auto parser = make_syslog_parser(0, choice);
  CHECK(read_all(*parser, "<13>1 - h - - - [a][a] x\n<13>1 - h - - - [a][b c=\"1\"] x\n") ==
        Rows{"host=s:h", "reject 1: an SD-ID stands twice [<13>1 - h - - - [a][a] x]"});
}

TEST_CASE("syslog: what is refused, and why") {
  for (const char* line : {"<", "<>Oct 11 22:14:15 h", "<192>Oct 11 22:14:15 h", "<1234>Oct 11 22:14:15 h", "<a>x", "<1x"})
    CHECK(why_not(line) == "the priority is no number from 0 to 191");
  CHECK(why_not("<13>2 2003-10-11T22:14:15Z h a - - -") == "the version is not 1");
  CHECK(why_not("<13>1 ") == "has no time after the version");
  CHECK(why_not("<13>1 2003-10-11 h a - - -") == "has no time after the version");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z") == "has no host after the time");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z h") == "has no app after the host");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z h  - - -") == "has no app after the host");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z h a") == "has no procid after the app");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z h a -") == "has no msgid after the procid");
  CHECK(why_not("<13>1 2003-10-11T22:14:15Z h a - -") == "has no structured data after the msgid");
  CHECK(why_not("<13>x") == "has no time after the priority");
  CHECK(why_not("Oct 11 22:14:15") == "has no host after the time");
  CHECK(why_not("Oct 11 22:14:15  h a: x") == "has no host after the time");
  for (const char* line : {"Okt 11 22:14:15 h", "Oct 32 22:14:15 h", "Oct 00 22:14:15 h", "Oct 11 24:14:15 h",
                           "Oct 11 22:60:15 h", "Oct 11 22:14:61 h", "Oct 11 22:14 h", "Oct 11 22:14:15: h",
                           "Oct 11 22:14:15. h", "Oct 11 22:14:15.1234567890 h", "2024-10-11 22:14:15 h", "OctNov 22:14:15",
                           "ctN 11 22:14:15 h", "Oct", "1717200000 h a: x"})
    CHECK(why_not(line) == "has neither a priority nor a time");
  CHECK(why_not("Oct 11 22:14:15 h a: \xff") == "column 22: invalid UTF-8");
}

TEST_CASE("syslog: whatever the line, it is an event or a reject") {
  check_mutations([] { return make_syslog_parser(2024, FieldChoice{}); },
                  {"<165>1 2003-10-11T22:14:15.003Z host app 12 ID47 [x@1 iut=\"3\" s=\"a\\\"b\\]\"][y][z k=\"v\"] \xef\xbb\xbfmessage",
                   "<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed", "Jan  2 03:04:05.123 web1 sshd[1234]: Accepted",
                   "2024-10-11T22:14:15.123456+02:00 web1 kernel: [1.2] up"},
                  " []<>:\"\\=-0");
}
