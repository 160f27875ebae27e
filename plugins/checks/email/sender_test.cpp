#include "sender.h"

#include <gtest/gtest.h>

#include "auth_results.h"

namespace check_email {
namespace {

// "id | dkim=pass header.d=example.org | ... | ?" or "none"; ? where it is not whole
std::string shown(std::string_view value) {
  const auto results = parse_auth_results(value);
  if (!results) return "none";
  std::string text = results->id;
  for (const auto& method : results->methods) {
    text += " | " + method.name + "=" + method.result;
    for (const auto& [name, property] : method.properties) text += " " + name + "=" + property;
  }
  return text + (results->is_whole ? "" : " | ?");
}

TEST(AuthResults, AreTakenApart) {
  const struct {
    const char* value;
    const char* shown;
  } cases[] = {
      {"mx.example.org; none", "mx.example.org"},
      {"mx.example.org", "mx.example.org"},
      {"MX.example.org 1; dmarc=PASS header.from=Example.org",
       "mx.example.org | dmarc=pass header.from=Example.org"},
      {"mx.example.org 2; dmarc=pass", "mx.example.org | ?"},
      {"mx.example.org x; dmarc=pass", "mx.example.org | ?"},
      {"(c) mx.example.org (c (n) \\) ) (v) 1 (w); (x) dkim (y) = (z) pass (a;b) header.d (q) = "
       "example.org (end)",
       "mx.example.org | dkim=pass header.d=example.org"},
      {"\"mx.example.org\"; spf=pass", "mx.example.org | spf=pass"},
      {"a; dkim/1=pass reason=\"good; dmarc=pass\" header.b=Zm9vYg==; spf=fail",
       "a | dkim=pass reason=good; dmarc=pass header.b=Zm9vYg== | spf=fail"},
      // What is in a comment or in quotation marks is no clause.
      {"a; spf=fail (dmarc=pass; dmarc=pass header.from=example.org)", "a | spf=fail"},
      {"a; spf=fail smtp.mailfrom=\"x; dmarc=pass\"", "a | spf=fail smtp.mailfrom=x; dmarc=pass"},
      {"a; dmarc=pass(p=REJECT,sp=NONE) header.from=gmail.com",
       "a | dmarc=pass header.from=gmail.com"},
      // Nothing but the id where the ends cannot be told.
      {"a; dmarc=pass (open", "a | ?"},
      {"a; dmarc=pass x=\"open", "a | ?"},
      {"a; spf=pass (of \"a(b\"@c.example) x=y; dmarc=fail", "a | ?"},
      {"a; spf=pass (of \"x) y=z; dmarc=pass; spf=pass (\"@c.example)", "a | ?"},
      {"a; spf=pass (of \"x\"@c.example); dmarc=fail (it\\\"s)", "a | spf=pass | dmarc=fail"},
      // Nor where the id cannot.
      {"\"a; dmarc=pass", "none"},
      {"=", "(none) | ?"},
      {"(a; dmarc=pass", "none"},
      {"", "none"},
      {";", "none"},
      {"(only a comment)", "none"},
      // A broken clause hides no other.
      {"a; dkim; =; pass; dmarc=pass header.from=b.example; x y; spf=none",
       "a | dmarc=pass header.from=b.example | spf=none | ?"},
      {"a; spf=pass smtp.mailfrom=\"x y\"@c.example", "a | spf=pass smtp.mailfrom=x y@c.example"},
      {"a; spf=pass smtp.mailfrom=\"x y\"z@c.example; dkim=none", "a | dkim=none | ?"},
      // But that of dmarc hides them.
      {"a; dmarc=fail header.from; dkim=pass header.d=b.example", "a | ?"},
      {"a; dkim=pass header.d=b.example; dmarc (p=none)", "a | ?"},
      // Nothing said is not something unreadable.
      {"a; none", "a"},
      {"a;; spf=none;", "a | spf=none"},
      // No id.
      {"spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; dmarc=pass action=none "
       "header.from=example.org;compauth=pass reason=100",
       "(none) | spf=pass smtp.mailfrom=example.org | dmarc=pass action=none "
       "header.from=example.org | compauth=pass reason=100"},
      {"ORIGINATING; auth=pass smtp.auth=ana", "originating | auth=pass smtp.auth=ana"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    EXPECT_EQ(shown(c.value), c.shown);
  }
}

TEST(AuthResults, EndSomewhere) {
  std::string many = "a";
  for (int i = 0; i < 100; ++i) many += "; x=y";
  EXPECT_EQ(parse_auth_results(many)->methods.size(), 100u);
  for (int i = 0; i < 5000; ++i) many += "; x=y";
  EXPECT_EQ(shown(many), "a | ?");
  EXPECT_EQ(shown("a; " + std::string(60'000, '(')), "a | ?");
}

TEST(Received, TellsWhoTookTheMail) {
  const struct {
    const char* value;
    const char* by;
  } cases[] = {{"from a.example (by fake) by MX.Example.org with ESMTP; date", "mx.example.org"},
               {"by 2002:a05:6a10:1 with SMTP id x", "2002:a05:6a10:1"},
               {"from x for <by@y>; by z", ""},
               {"(qmail 1 invoked by uid 2); date", ""},
               {"", ""},
               {"from \"by\" by", ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.value);
    EXPECT_EQ(received_by(c.value), c.by);
  }
}

SenderPolicy policy(std::vector<std::string> ids) {
  SenderPolicy policy;
  policy.authserv_ids = std::move(ids);
  policy.authorised = {"ana@example.org", "@team.example"};
  return policy;
}

struct Case {
  const char* name;
  std::string header;
  bool is_authorised;
  const char* why;
};

void expect_all(const std::vector<Case>& cases, const SenderPolicy& policy) {
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Sender sender = judge_sender(parse_header(c.header), policy);
    EXPECT_EQ(sender.is_authorised(), c.is_authorised);
    EXPECT_EQ(sender.why, c.why);
  }
}

const std::string kFrom = "From: Ana <ana@example.org>\r\n";
const std::string kPass =
    "Authentication-Results: mx.mail.example; dmarc=pass header.from=example.org\r\n";
const std::string kForeignHop = "Received: from x by out.sender.example with ESMTP; now\r\n";

TEST(Sender, IsAuthorisedOnlyWithAProof) {
  const std::string ar = "Authentication-Results: mx.mail.example; ";
  expect_all(
      {
          {"dmarc", kPass + kFrom, true, "dmarc=pass mx.mail.example"},
          {"below our own server's line",
           "Received: from x by mx.mail.example; now\r\n" + kPass + kFrom, true,
           "dmarc=pass mx.mail.example"},
          {"dmarc for another domain", ar + "dmarc=pass header.from=evil.example\r\n" + kFrom,
           false, "dmarc=pass for another domain mx.mail.example"},
          {"dmarc without a domain", ar + "dmarc=pass\r\n" + kFrom, false,
           "dmarc=pass for another domain mx.mail.example"},
          {"dmarc fails", ar + "dmarc=fail header.from=example.org\r\n" + kFrom, false,
           "dmarc=fail mx.mail.example"},
          {"dmarc fails, whatever dkim says",
           ar + "dkim=pass header.d=example.org; dmarc=fail header.from=example.org\r\n" + kFrom,
           false, "dmarc=fail mx.mail.example"},
          {"a best guess is none", ar + "dmarc=bestguesspass header.from=example.org\r\n" + kFrom,
           false, "dmarc=bestguesspass mx.mail.example"},
          {"dkim", ar + "dkim=pass header.d=example.org\r\n" + kFrom, true,
           "dkim=pass mx.mail.example"},
          {"dkim, header.i only", ar + "dkim=pass header.i=@example.org\r\n" + kFrom, true,
           "dkim=pass mx.mail.example"},
          {"dkim of a domain below", ar + "dkim=pass header.d=news.example.org\r\n" + kFrom, true,
           "dkim=pass mx.mail.example"},
          {"dkim of the registry", ar + "dkim=pass header.d=org\r\n" + kFrom, false,
           "dkim=pass for another domain mx.mail.example"},
          {"dkim of a name that ends alike", ar + "dkim=pass header.d=badexample.org\r\n" + kFrom,
           false, "dkim=pass for another domain mx.mail.example"},
          {"header.from is no identity of dkim",
           ar + "dkim=pass header.from=example.org\r\n" + kFrom, false,
           "dkim=pass for another domain mx.mail.example"},
          {"header.d counts before header.i",
           ar + "dkim=pass header.d=evil.example header.i=ana@example.org\r\n" + kFrom, false,
           "dkim=pass for another domain mx.mail.example"},
          {"one of several signatures",
           ar +
               "dkim=fail header.d=example.org; dkim=pass header.d=list.example; dkim=pass "
               "header.d=example.org\r\n" +
               kFrom,
           true, "dkim=pass mx.mail.example"},
          {"properties belong to their own clause",
           ar + "dkim=pass header.d=evil.example; dkim=fail header.d=example.org\r\n" + kFrom,
           false, "dkim=pass for another domain mx.mail.example"},
          {"spf alone", ar + "spf=pass smtp.mailfrom=ana@example.org\r\n" + kFrom, false,
           "spf=pass mx.mail.example"},
          {"a word in a comment", ar + "spf=fail (dmarc=pass header.from=example.org)\r\n" + kFrom,
           false, "spf=fail mx.mail.example"},
          {"another id",
           "Authentication-Results: evil.example; dmarc=pass header.from=example.org\r\n" + kFrom,
           false, "no Authentication-Results of mx.mail.example"},
          {"an id that only begins alike",
           "Authentication-Results: mx.mail.example.evil.example; dmarc=pass "
           "header.from=example.org\r\n" +
               kFrom,
           false, "no Authentication-Results of mx.mail.example"},
          {"no results", kFrom, false, "no Authentication-Results of mx.mail.example"},
          {"none", ar + "none\r\n" + kFrom, false,
           "no result of dmarc, dkim or spf, mx.mail.example"},
          {"forged second results, right below",
           ar + "dmarc=fail header.from=example.org\r\n" + kPass + kFrom, false,
           "dmarc=fail mx.mail.example"},
          {"forged second results, where the true ones know no dmarc",
           ar + "spf=softfail smtp.mailfrom=x@evil.example; dkim=none\r\n" + kPass + kFrom, false,
           "dkim=none mx.mail.example"},
          {"forged second results, with the same word for another signer",
           ar + "dkim=pass header.d=evil.example\r\n" + ar + "dkim=pass header.d=example.org\r\n" +
               kFrom,
           false, "dkim=pass for another domain mx.mail.example"},
          {"forged second results, behind a server's line",
           ar + "x-tls=pass\r\n" + kForeignHop + kPass + kFrom, false,
           "no result of dmarc, dkim or spf, mx.mail.example"},
          {"results that came with the mail", kForeignHop + kPass + kFrom, false,
           "no Authentication-Results of mx.mail.example"},
          {"results that came with the mail, through our server",
           "Received: from x by mx.mail.example; now\r\n" + kForeignHop + kPass + kFrom, false,
           "no Authentication-Results of mx.mail.example"},
          {"ARC proves nothing",
           "ARC-Authentication-Results: i=1; mx.mail.example; dmarc=pass "
           "header.from=example.org\r\n"
           "Authentication-Results: mx.mail.example; arc=pass; dmarc=fail "
           "header.from=example.org\r\n" +
               kFrom,
           false, "dmarc=fail mx.mail.example"},
          {"nor does ARC alone",
           "ARC-Authentication-Results: i=1; mx.mail.example; dmarc=pass "
           "header.from=example.org\r\n" +
               kFrom,
           false, "no Authentication-Results of mx.mail.example"},
      },
      policy({"mx.mail.example"}));
}

// The sender of a mail chooses words that stand in the true results: they must not make them pass
// for none, so that his own below are believed.
TEST(Sender, IsNotProvenBelowResultsThatCannotBeRead) {
  const std::string ar =
      "Received: from evil.example by mx.mail.example; now\r\nAuthentication-Results: ";
  const std::string fail = "; dmarc=fail header.from=example.org\r\n" + kPass + kFrom;
  const char* unreadable = "Authentication-Results that cannot be read, mx.mail.example";
  const char* nobody = "Authentication-Results that cannot be read";
  expect_all(
      {{"an open comment",
        ar + "mx.mail.example; spf=pass (domain of \"a(b\"@evil.example permits it)" + fail, false,
        unreadable},
       {"a comment that was ended early",
        ar +
            "mx.mail.example; spf=pass (domain of \"x) a=b; dmarc=pass header.from=example.org; "
            "spf=pass (\"@evil.example permits it)\r\n" +
            kFrom,
        false, unreadable},
       {"an open quotation", ar + "mx.mail.example; dkim=none reason=\"x" + fail, false,
        unreadable},
       {"cut in a comment",
        ar + "mx.mail.example; dkim=fail (" + std::string(70'000, 'a') + ")" + fail, false,
        unreadable},
       {"cut between clauses",
        ar + "mx.mail.example; dkim=pass header.d=example.org" + std::string(70'000, ' ') + fail,
        false, unreadable},
       {"another version", ar + "mx.mail.example 2" + fail, false, unreadable},
       {"one clause, which cannot be read",
        ar + "mx.mail.example; spf=pass smtp.mailfrom=\"x y\"z@evil.example\r\n" + kPass + kFrom,
        false, unreadable},
       {"a clause without a name",
        ar + "mx.mail.example; =fail header.from=example.org\r\n" + kPass + kFrom, false,
        unreadable},
       {"its dmarc, whatever dkim says",
        ar + "mx.mail.example; dkim=pass header.d=example.org; dmarc=fail \"x\"y\r\n" + kFrom,
        false, unreadable},
       {"no id at all", ar + fail.substr(0, fail.find("dmarc")) + "\r\n" + kPass + kFrom, false,
        nobody},
       {"an id in an open comment", ar + "(mx.mail.example" + fail, false, nobody},
       {"an id in an open quotation", ar + "\"mx.mail.example" + fail, false, nobody},
       {"the bytes end in it", kFrom + ar + "mx.mail.example; dkim=pass header.d=example.org",
        false, unreadable}},
      policy({"mx.mail.example"}));
}

TEST(Sender, IsProvenBelowAStrangersResultsThatCannotBeRead) {
  expect_all({{"another id", "Authentication-Results: scan.example; x=\"open\r\n" + kPass + kFrom,
               true, "dmarc=pass mx.mail.example"}},
             policy({"mx.mail.example"}));
}

TEST(Sender, IsTheOneFromAddressAndNothingElse) {
  const std::string evil =
      "Authentication-Results: mx.mail.example; dmarc=pass header.from=evil.example\r\n";
  expect_all(
      {
          {"display name", evil + "From: \"ana@example.org\" <x@evil.example>\r\n", false,
           "dmarc=pass mx.mail.example"},
          {"two addresses", kPass + "From: ana@example.org, x@evil.example\r\n", false,
           "2 From addresses"},
          {"two fields", kPass + kFrom + "From: x@evil.example\r\n", false, "2 From addresses"},
          {"the same field twice", kPass + kFrom + kFrom, false, "2 From addresses"},
          {"two ways to read it", evil + "From: ana@example.org <x@evil.example>\r\n", false,
           "its From header can be read in more than one way"},
          {"none", kPass, false, "no From address"},
          {"not on the list", kPass + "From: ben@example.org\r\n", false,
           "dmarc=pass mx.mail.example"},
          {"case of the local part", kPass + "From: ANA@EXAMPLE.ORG\r\n", true,
           "dmarc=pass mx.mail.example"},
          {"a whole domain",
           "Authentication-Results: mx.mail.example; dmarc=pass header.from=team.example\r\nFrom: "
           "anybody@team.example\r\n",
           true, "dmarc=pass mx.mail.example"},
          {"not a domain below it",
           "Authentication-Results: mx.mail.example; dmarc=pass "
           "header.from=x.team.example\r\nFrom: "
           "anybody@x.team.example\r\n",
           false, "dmarc=pass mx.mail.example"},
      },
      policy({"mx.mail.example"}));
}

TEST(Sender, ClaimsAnAddressAlsoWhereOthersStandBesideIt) {
  const auto claims = [](const std::string& header) {
    return judge_sender(parse_header(header), policy({"mx.mail.example"})).is_listed;
  };
  EXPECT_TRUE(claims("From: x@evil.example, ana@example.org\r\n"));
  EXPECT_TRUE(claims("From: x@evil.example\r\nFrom: ana@example.org\r\n"));
  EXPECT_FALSE(claims("From: \"ana@example.org\" <x@evil.example>\r\n"));
}

TEST(Sender, IsUnknownWhereNobodyIsBelieved) {
  expect_all({{"no id", kPass + kFrom, false, "authserv_id is not set"}}, policy({}));
}

TEST(Sender, IsWarnedOfAnswersThatGoElsewhere) {
  const auto warnings = [](const std::string& reply_to) {
    return judge_sender(parse_header(kPass + kFrom + "Reply-To: " + reply_to + "\r\n"),
                        policy({"mx.mail.example"}))
        .warnings;
  };
  EXPECT_EQ(warnings("x@evil.example"),
            std::vector<std::string>{"answers go to another domain: x@evil.example"});
  EXPECT_TRUE(warnings("ana@news.example.org").empty());
}

TEST(Sender, MayBeProvenBySpfWhereThatIsWanted) {
  auto weak = policy({"mx.mail.example"});
  weak.accepts_spf = true;
  const std::string ar = "Authentication-Results: mx.mail.example; spf=pass ";
  expect_all({{"aligned", ar + "smtp.mailfrom=bounce@example.org\r\n" + kFrom, true,
               "spf=pass mx.mail.example"},
              {"of another", ar + "smtp.mailfrom=x@evil.example\r\n" + kFrom, false,
               "spf=pass mx.mail.example"},
              {"helo is no sender", ar + "smtp.helo=example.org\r\n" + kFrom, false,
               "spf=pass mx.mail.example"}},
             weak);
}

TEST(Sender, IsTheSameInEveryWritingOfItsDomain) {
  auto idn = policy({"mx.mail.example"});
  idn.authorised = {"ana@xn--bcher-kva.example"};
  expect_all({{"both as they are",
               "Authentication-Results: mx.mail.example; dmarc=pass "
               "header.from=xn--bcher-kva.example\r\nFrom: ana@B\xC3\x9C"
               "cher.example\r\n",
               true, "dmarc=pass mx.mail.example"},
              {"the other way round",
               "Authentication-Results: mx.mail.example; dmarc=pass "
               "header.from=b\xC3\xBC"
               "cher.example\r\nFrom: ana@xn--bcher-kva.example\r\n",
               true, "dmarc=pass mx.mail.example"}},
             idn);
}

// Headers in the shape of real services, without their private parts.
TEST(Sender, IsRecognisedInTheHeadersOfRealServices) {
  const std::string gmail =
      "Received: by 2002:a05:6a10:1234:b0:1:2:3 with SMTP id a1csp1; Sat, 28 Nov 2026\r\n"
      "ARC-Authentication-Results: i=1; mx.google.com;\r\n       dkim=pass "
      "header.i=@example.org header.s=s1 header.b=AbC/+1;\r\n       spf=pass\r\n"
      "Received: from mail.example.org (mail.example.org. [192.0.2.1])\r\n        by mx.google.com "
      "with ESMTPS id x1 for <me@gmail.com>; Sat, 28 Nov 2026\r\n"
      "Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@example.org "
      "header.s=s1 "
      "header.b=AbC/+1;\r\n       spf=pass (google.com: domain of ana@example.org designates "
      "192.0.2.1 as permitted sender) smtp.mailfrom=ana@example.org\r\n" +
      kForeignHop + kFrom;
  expect_all({{"Gmail, header.i only", gmail, true, "dkim=pass mx.google.com"}},
             policy({"mx.google.com"}));

  const std::string fastmail =
      "Received: from compute1.internal (compute1.nyi.internal [10.202.2.41]) by sloti1 (Cyrus) "
      "with "
      "LMTPA; Sat\r\n"
      "Received: from mx3 ([10.202.2.200]) by compute1.internal (LMTPProxy); Sat\r\n"
      "Received: from mx3.messagingengine.com (localhost [127.0.0.1]) by mailmx.nyi.internal "
      "(Postfix) with ESMTP id 1\r\n"
      "Authentication-Results: mx3.messagingengine.com; bimi=none (No BIMI records found)\r\n"
      "Authentication-Results: mx3.messagingengine.com; arc=none (no signatures found)\r\n"
      "Authentication-Results: mx3.messagingengine.com; x-csa=none; x-me-sender=none\r\n"
      "Authentication-Results: mx3.messagingengine.com; dkim=pass (2048-bit rsa key sha256) "
      "header.d=example.org header.i=@example.org header.b=Zm9v; dmarc=pass "
      "policy.published-domain-policy=none (p=none,d=none) header.from=example.org; spf=pass "
      "smtp.mailfrom=ana@example.org\r\n"
      "Received: from mail.example.org by mx3.messagingengine.com (Postfix); Sat\r\n" +
      kFrom;
  expect_all(
      {{"Fastmail, verdict in the fourth", fastmail, true, "dmarc=pass mx3.messagingengine.com"}},
      policy({"mx1.messagingengine.com", "mx3.messagingengine.com"}));

  const std::string netease =
      "Authentication-Results: mx16; spf=pass smtp.mail=ana@example.org; dkim=none\r\n" + kFrom;
  expect_all({{"NetEase, smtp.mail", netease, false, "dkim=none mx16"}}, policy({"mx16"}));
  expect_all({{"a mail that its sender's server let out",
               "Authentication-Results: ORIGINATING; auth=pass smtp.auth=ana@example.org "
               "smtp.mailfrom=ana@example.org\r\n" +
                   kFrom,
               false, "no result of dmarc, dkim or spf, originating"}},
             policy({"originating"}));
  expect_all(
      {{"ORIGINATING is not our server",
        "Authentication-Results: ORIGINATING; auth=pass; dmarc=pass header.from=example.org\r\n" +
            kFrom,
        false, "no Authentication-Results of mx.google.com"}},
      policy({"mx.google.com"}));

  const std::string icloud =
      "Authentication-Results: bimi.icloud.com; bimi=none\r\nAuthentication-Results: "
      "dmarc.icloud.com; dmarc=pass header.from=example.org\r\nAuthentication-Results: "
      "dkim-verifier.icloud.com; dkim=pass header.d=example.org\r\n" +
      kFrom;
  expect_all({{"iCloud, an id for each method", icloud, true, "dmarc=pass dmarc.icloud.com"}},
             policy({"dmarc.icloud.com"}));

  auto outlook = policy({"(none)"});
  outlook.own_hosts = {".prod.outlook.com"};
  expect_all(
      {{"Outlook, no id",
        "Received: from a.prod.outlook.com by b.prod.outlook.com; Sat\r\n"
        "Authentication-Results: spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.org; "
        "dkim=pass (signature was verified) header.d=example.org;dmarc=pass action=none "
        "header.from=example.org;compauth=pass reason=100\r\n" +
            kFrom,
        true, "dmarc=pass (none)"}},
      outlook);
}

TEST(OwnHosts, AreThoseOfTheServiceThatVouches) {
  auto ours = policy({"mx.google.com"});
  ours.own_hosts = {"relay.example", ".inside.example"};
  const struct {
    const char* host;
    bool is_own;
  } cases[] = {{"mx.google.com", true},
               {"mail-x.google.com", true},
               {"google.com", true},
               {"2002:a05:6a10::1", true},
               {"10.0.0.1", true},
               {"mx3", true},
               {"compute1.internal", true},
               {"relay.example", true},
               {"a.inside.example", true},
               {"notgoogle.com", false},
               {"out.sender.example", false},
               {"192.0.2.1", false},
               {"", false},
               {"2001:db8::1", false},
               {"10.example.net", false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.host);
    EXPECT_EQ(is_own_host(c.host, ours), c.is_own);
  }
  EXPECT_FALSE(is_own_host("evil.co.uk", policy({"example.co.uk"})));
  EXPECT_TRUE(is_own_host("mx.example.co.uk", policy({"mail.example.co.uk"})));
}

}  // namespace
}  // namespace check_email
