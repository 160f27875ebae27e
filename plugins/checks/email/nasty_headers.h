// Headers as they should not be and are: what we make of them, and what another library must.
#pragma once

namespace check_email {

enum class Oracle { agrees, differs };  // `differs` says why, beside it

struct NastySubject {
  const char* raw;   // unfolded
  const char* text;  // UTF-8
  Oracle oracle = Oracle::agrees;
};
inline constexpr NastySubject kNastySubjects[] = {
    {"plain", "plain"},
    {"", ""},
    {"=?iso-8859-1?Q?Gr=FC=DFe?=",
     "Gr\xC3\xBC\xC3\x9F"
     "e"},
    {"=?UTF-8?b?R3LDvMOfZQ==?= und mehr",
     "Gr\xC3\xBC\xC3\x9F"
     "e und mehr"},
    // Neighbours join, others do not.
    {"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"},
    {"=?utf-8?Q?a?=  \t =?iso-8859-1?Q?=E9?=", "a\xC3\xA9"},
    {"=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b"},
    {"x =?utf-8?Q?a_?= y", "x a  y"},
    // A character split over two words, in both encodings.
    {"=?utf-8?B?YeKc?= =?utf-8?B?k+Kdkw==?=", "a\xE2\x9C\x93\xE2\x9D\x93"},
    {"=?utf-8?Q?=E2=9C?= =?utf-8?Q?=93?=", "\xE2\x9C\x93"},
    // The other joins words before it decodes them: what is padded or encoded otherwise is lost.
    {"=?utf-8?B?4pyT4p0=?= =?utf-8?B?k+KclQ==?=", "\xE2\x9C\x93\xE2\x9D\x93\xE2\x9C\x95",
     Oracle::differs},
    {"=?UTF-8?Q?=E2=9C?= =?utf-8?B?kw==?=", "\xE2\x9C\x93", Oracle::differs},
    {"=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?= =?iso-2022-jp?B?GyRCOGwbKEI=?=",
     "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E", Oracle::differs},
    {"=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E"},
    // A language, and no padding.
    {"=?utf-8*en?Q?a?=", "a"},
    {"=?utf-8?B?YWI?=", "ab", Oracle::differs},  // the other wants its padding
    // Charsets that nobody knows are guessed.
    {"=?x-nobody-knows?Q?abc?=", "abc"},
    // Raw bytes.
    {"Gr\xC3\xBC\xC3\x9F"
     "e",
     "Gr\xC3\xBC\xC3\x9F"
     "e"},
    {"Gr\xFC\xDF"
     "e",
     "Gr\xC3\xBC\xC3\x9F"
     "e"},
    // No words at all.
    {"=?utf-8?X?abc?=", "=?utf-8?X?abc?="},
    {"=?utf-8?Q?abc", "=?utf-8?Q?abc"},
    {"=?utf-8?Q", "=?utf-8?Q"},
    {"=?", "=?"},
    {"=??Q?a?=", "=??Q?a?="},
    {"a=?b?=c", "a=?b?=c"},
    {"1 =? 2 ?= 3", "1 =? 2 ?= 3"},
    // An empty word.
    {"x =?utf-8?Q?"
     "?= y",
     "x  y", Oracle::differs},  // the other takes an empty word for none
    // Blanks and marks where none may be.
    {"=?utf-8?Q?a b?=", "a b"},
    {"=?utf-8?Q?a?b?=", "a?b", Oracle::differs},  // the other reads the whole as no word
    // Touching words.
    {"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
    {"x=?utf-8?Q?a?=y", "xay"},
    // Escapes that are none, underscores.
    {"=?utf-8?Q?100=25_=zz?=", "100% =zz"},
};

struct NastyAddress {
  const char* raw;
  const char* specs;  // separated by blanks
  bool is_sound;
  Oracle oracle = Oracle::agrees;
};
inline constexpr NastyAddress kNastyAddresses[] = {
    {"ana@example.org", "ana@example.org", true},
    {"Ana <ana@example.org>", "ana@example.org", true},
    {"<ana@Example.ORG>", "ana@example.org", true},
    {"\"boss@example.com\" <evil@evil.example>", "evil@evil.example", true},
    {"\"a, b\" <c@example.org>, d@example.org", "c@example.org d@example.org", true},
    {"\"a \\\" <x@example.com>, \" <c@example.org>", "c@example.org", true},
    {"(boss@example.com) evil@evil.example", "evil@evil.example", true},
    {"evil@evil.example (a (nested) \\) comment)", "evil@evil.example", true},
    {"Ana (x <boss@example.com>) <ana@example.org>", "ana@example.org", true},
    {"ana@example.org, ben@example.org", "ana@example.org ben@example.org", true},
    {"team: ana@example.org, Ben <ben@example.org>;", "ana@example.org ben@example.org", true},
    {"undisclosed-recipients:;", "", true},
    {"<@relay.example,@two.example:ana@example.org>", "ana@example.org", true},
    {"\"a b\"@example.org", "a b@example.org", true,
     Oracle::differs},  // the other keeps the quotes
    {"=?utf-8?Q?boss=40example.com?= <evil@evil.example>", "evil@evil.example", true},
    {"=?utf-8?Q?a=2C_b?= <evil@evil.example>", "evil@evil.example", true},
    {" , ana@example.org,, ", "ana@example.org", true},
    {"Ana <ana@b\xC3\xBC"
     "cher.example>",
     "ana@xn--bcher-kva.example", true},
    {"boss@example.com <boss@example.com>", "boss@example.com", true},
    // What can be read in two ways, or not at all.
    {"boss@example.com <evil@evil.example>", "evil@evil.example", false, Oracle::differs},
    {"a <x@example.org> <y@example.org>", "x@example.org y@example.org", false, Oracle::differs},
    {"Ana <ana@example.org", "ana@example.org", false},
    {"\"Ana <ana@example.org>", "", false, Oracle::differs},
    {"Ana", "", false},
    {"@example.org", "", false},
    {"ana@", "", false, Oracle::differs},
    {"ana@[127.0.0.1]", "", false, Oracle::differs},
    {"a b@example.org", "", false, Oracle::differs},
    {"ana@exa mple.org", "", false, Oracle::differs},
    {"ana@example.org\x01", "", false, Oracle::differs},
    {"a: b: c@example.org;", "c@example.org", false, Oracle::differs},
};

}  // namespace check_email
