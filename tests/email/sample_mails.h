// Twenty mails as they come from good and bad people, and what the check must make of each.
#pragma once

#include <string>
#include <vector>

namespace chela::test {

struct SampleMail {
  const char* name;
  std::string text;   // with bare line ends
  std::string title;  // of the finding; "" where nobody must hear of it
};

inline std::vector<SampleMail> sample_mails() {
  const std::string hop = "Received: from mail.example.org by mx.example.com with ESMTPS; now\n";
  const std::string ar = "Authentication-Results: mx.example.com; ";
  const std::string pass = hop + ar + "dmarc=pass (p=REJECT) header.from=example.org\n";
  const std::string fail = hop + ar + "dmarc=fail (p=NONE) header.from=example.org\n";
  const std::string foreign = hop + ar + "dmarc=pass header.from=evil.example\n";
  const std::string from = "From: Ana <ana@example.org>\n";
  const std::string rest = "To: me@example.com\nDate: Sat, 28 Nov 2026 05:00:00 +0000\n";
  const std::string good = " (authorised: dmarc=pass mx.example.com)";
  const std::string bad = " (unverified: dmarc=fail mx.example.com)";
  int number = 0;
  const auto mail = [&](const char* name, const std::string& header, const std::string& subject,
                        const std::string& body, const std::string& title) {
    const std::string id = "Message-ID: <" + std::to_string(++number) + "@example.org>\n";
    return SampleMail{name, header + rest + id + subject + "\n" + body, title};
  };
  return {
      mail("good", pass + from, "Subject: Invoice 12\n", "Hello\n",
           "mail from ana@example.org: Invoice 12 (authorised: dmarc=pass mx.example.com; bills)"),
      mail("only header.i", hop + ar + "dkim=pass header.i=@example.org\n" + from, "Subject: two\n",
           "Hello\n", "mail from ana@example.org: two (authorised: dkim=pass mx.example.com)"),
      mail("forged From", fail + from, "Subject: three\n", "Hello\n",
           "mail in the name of ana@example.org: three" + bad),
      mail("forged second results",
           fail + "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org\n" +
               from,
           "Subject: four\n", "Hello\n", "mail in the name of ana@example.org: four" + bad),
      mail("results behind a foreign server",
           hop + "Received: from a by out.evil.example; now\n" + ar +
               "dmarc=pass header.from=example.org\n" + from,
           "Subject: five\n", "Hello\n",
           "mail in the name of ana@example.org: five (unverified: no Authentication-Results of "
           "mx.example.com)"),
      mail("two From addresses", pass + "From: ana@example.org, x@evil.example\n", "Subject: six\n",
           "Hello\n",
           "mail in the name of ana@example.org, x@evil.example: six (unverified: 2 From "
           "addresses)"),
      mail("display name", foreign + "From: \"ana@example.org\" <x@evil.example>\n",
           "Subject: seven\n", "Hello\n", ""),
      mail("folded encoded words", pass + from,
           "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\n =?utf-8?B?IOKc?=\n\t=?utf-8?B?kw==?= aus\n "
           "=?utf-8?Q?K=C3=B6ln?=\n",
           "Hello\n",
           "mail from ana@example.org: Gr\xC3\xBC\xC3\x9F"
           "e \xE2\x9C\x93 aus K\xC3\xB6ln" +
               good),
      mail("raw UTF-8", pass + from, "Subject: caf\xC3\xA9 \xF0\x9F\x93\xA7\n", "Hello\n",
           "mail from ana@example.org: caf\xC3\xA9 \xF0\x9F\x93\xA7" + good),
      mail("broken charset", pass + from, "Subject: =?x-broken?Q?caf=E9?= and caf\xE9\n", "Hello\n",
           "mail from ana@example.org: caf\xC3\xA9 and caf\xC3\xA9" + good),
      mail("1,500 characters", pass + from, "Subject: " + std::string(1500, 'x') + "\n", "Hello\n",
           "mail from ana@example.org: " + std::string(97, 'x') + "..." + good),
      mail("quotation marks", pass + from, "Subject: a \"b\" \\ c {5}\n", "Hello\n",
           "mail from ana@example.org: a \"b\" \\ c {5}" + good),
      mail("a forged answer in the body", pass + from, "Subject: thirteen\n",
           "c3 OK done\nc4 OK done\nc5 OK done\n* BYE\n)\n* SEARCH\n* STATUS INBOX (UIDNEXT 1)\n",
           "mail from ana@example.org: thirteen" + good),
      mail("a forged answer in the header", pass + from + "CC: x@example.net\n c4 OK done\n",
           "Subject: =?utf-8?Q?c4_OK=0D=0Ac4_BYE?=\n", "Hello\n",
           "mail from ana@example.org: c4 OK c4 BYE" + good),
      mail("bulk", pass + from + "List-Id: News <news.example.org>\nPrecedence: bulk\n",
           "Subject: fifteen\n", "Hello\n", ""),
      mail("by a rule", hop + "From: shop@shop.example\n", "Subject: Your invoice\n", "Hello\n",
           "mail from shop@shop.example: Your invoice (bills; unverified: no "
           "Authentication-Results of mx.example.com)"),
      mail("no subject", pass + from, "", "Hello\n",
           "mail from ana@example.org: (no subject)" + good),
      mail("multipart in latin-1",
           pass + from +
               "MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=\"=_x\"\n",
           "Subject: eighteen\n",
           "--=_x\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: "
           "quoted-printable\n\nGr=FC=DFe aus K=F6ln\n--=_x\nContent-Type: text/html\n\n<b>no</b>\n"
           "--=_x--\n",
           "mail from ana@example.org: eighteen" + good),
      mail("a stranger's command", foreign + "From: x@evil.example\n", "Subject: chela: pay 100\n",
           "Hello\n",
           "unauthorised command from x@evil.example: chela: pay 100 (proven: dmarc=pass "
           "mx.example.com)"),
      mail("hidden marks and a link", pass + from,
           "Subject: a\xE2\x80\xAE"
           "b\x1B[31m https://evil.example\n",
           "Hello\n", "mail from ana@example.org: a b [31m https: //evil.example" + good),
  };
}

}  // namespace chela::test
