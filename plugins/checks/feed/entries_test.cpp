// What is read out of feeds of every kind, mended or refused; bytes that are cut or changed
// anywhere.
#include "entries.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "plain.h"
#include "tidy.h"

namespace feed {
namespace {

Entry first(std::string_view bytes, const std::string& charset = "") {
  const auto document = parse_feed(bytes, charset);
  EXPECT_TRUE(document) << document.error().message;
  if (!document || document->entries.empty()) return {};
  EXPECT_FALSE(document->broken) << document->broken->message;
  return document->entries[0];
}

const std::string kRss = R"(<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>Channel</title><atom:link href="https://example.org/f" rel="self"/>
<item><title>Tom &amp;amp; <![CDATA[<b>Jerry</b> &#8212; &nbsp;x]]></title><link> https://example.org/1 </link>
<guid isPermaLink="false">g1</guid><dc:creator>Ana</dc:creator><category>A</category><category>B</category>
<description>&lt;p&gt;<title>not this</title></description></item></channel></rss>)";

const std::string kAtom = R"(<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title>
<entry><id>tag:example.org,2026:1</id><title type="html">A &lt;i&gt;b&lt;/i&gt;</title>
<link rel="edit" href="https://example.org/edit"/><link href="https://example.org/1"/>
<author><name>Bo</name><email>bo@example.org</email><uri>x</uri></author><category term="News"/>
<source><title>other</title><id>other</id></source><content type="html">c</content></entry></feed>)";

TEST(Entries, OfRss) {
  const auto entry = first(kRss);
  EXPECT_EQ(entry.id, "g1");
  EXPECT_EQ(entry.title, "Tom &  Jerry  \u2014  x");
  EXPECT_EQ(entry.link, "https://example.org/1");
  EXPECT_EQ(entry.author, "Ana");
  EXPECT_EQ(entry.categories, (std::vector<std::string>{"A", "B"}));
}

TEST(Entries, OfAtom) {
  const auto entry = first(kAtom);
  EXPECT_EQ(entry.id, "tag:example.org,2026:1");
  EXPECT_EQ(entry.title, "A  b");
  EXPECT_EQ(entry.link, "https://example.org/1");
  EXPECT_EQ(entry.author, "Bo bo@example.org");
  EXPECT_EQ(entry.categories, (std::vector<std::string>{"News"}));
}

TEST(Entries, OfAtomInOtherForms) {
  EXPECT_EQ(first("<feed><entry><id>1</id><title>a &lt;b&gt; c</title></entry></feed>").title,
            "a <b> c");
  EXPECT_EQ(first("<feed><entry><id>1</id><title type='xhtml'><div>a <b>b</b></div></title>"
                  "</entry></feed>")
                .title,
            "a b");
  EXPECT_EQ(first("<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:id>1</a:id>"
                  "<a:title>t</a:title></a:entry></a:feed>")
                .title,
            "t");
}

TEST(Entries, OfRdf) {
  const auto entry = first(
      "<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/' xmlns:dc='d'><channel "
      "rdf:about='c'><title>C</title></channel><item rdf:about='https://example.org/i'><title>T"
      "</title><dc:creator>Cy</dc:creator><dc:subject>S</dc:subject></item></rdf:RDF>");
  EXPECT_EQ(entry.id, "https://example.org/i");
  EXPECT_EQ(entry.title, "T");
  EXPECT_EQ(entry.author, "Cy");
  EXPECT_EQ(entry.categories, (std::vector<std::string>{"S"}));
}

TEST(Entries, WithoutATitleHaveTheFirstWordsOfWhatTheySay) {
  const std::string sixteen = "sixteen letters ";
  std::string longer;
  for (int i = 0; i < 10; ++i) longer += sixteen;
  std::string one_word;
  for (int i = 0; i < 80; ++i) one_word += "\u00fc";
  const std::string padding(9000, 'x');
  const struct {
    const char* name;
    std::string feed;
    std::string title;
  } cases[] = {
      {"RSS, only a description",
       "<rss><item><description>It &lt;b&gt;rains&lt;/b&gt;\n again"
       "</description></item></rss>",
       "It rains again"},
      {"RSS, with a guid",
       "<rss><item><guid>7</guid><description>It rains</description></item></rss>", "It rains"},
      {"RSS, an empty title",
       "<rss><item><title> </title><description>It rains</description></item></rss>", "It rains"},
      {"RSS, a title that comes later",
       "<rss><item><description>It rains</description><title>Rain</title></item></rss>", "Rain"},
      {"RSS, the whole text",
       "<rss xmlns:content='c'><item><content:encoded><![CDATA[<p>It rains</p>]]></content:encoded>"
       "</item></rss>",
       "It rains"},
      {"RSS, a long picture first",
       "<rss><item><description><![CDATA[<div><img src='" + padding +
           "'/>It rains</div>]]>"
           "</description></item></rss>",
       "It rains"},
      {"RSS, only a picture of others",
       "<rss xmlns:media='m'><item><guid>7</guid><media:description>"
       "cc</media:description></item></rss>",
       ""},
      {"Atom, a summary before the content",
       "<feed><entry><id>7</id><content>content</content><summary>a &lt;b&gt; c</summary></entry>"
       "</feed>",
       "a <b> c"},
      {"Atom, XHTML",
       "<feed><entry><id>7</id><content type='xhtml'><div>It <b>rains</b></div></content></entry>"
       "</feed>",
       "It rains"},
      {"Atom, a picture",
       "<feed><entry><id>7</id><content type='image/png'>iVBORw0KGgo</content></entry></feed>", ""},
      {"many words", "<rss><item><description>" + longer + "</description></item></rss>",
       "sixteen letters sixteen letters sixteen letters sixteen letters sixteen letters sixteen "
       "letters..."},
      {"one long word", "<rss><item><description>" + one_word + "</description></item></rss>",
       one_word.substr(0, 100) + "..."},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(first(c.feed).title, c.title);
  }
  const auto both = parse_feed("<rss><item><description>" + longer +
                                   "1</description></item><item>"
                                   "<description>" +
                                   longer + "2</description></item></rss>",
                               "");
  ASSERT_TRUE(both);
  ASSERT_EQ(both->entries.size(), 2u);
  EXPECT_NE(both->entries[0].id, both->entries[1].id) << "the same first words";
}

TEST(Entries, GoByWhatTheyHave) {
  EXPECT_EQ(first("<rss><item><link>l</link><title>t</title></item></rss>").id, "l");
  EXPECT_EQ(first("<rss><item><title>t</title></item></rss>").id, "t");
  EXPECT_EQ(first("<rss><item><description>d</description></item></rss>").id, "d");
  EXPECT_TRUE(parse_feed("<rss><item><pubDate>d</pubDate></item></rss>", "")->entries.empty());
}

TEST(Entries, AreReadInTheirEncoding) {
  const std::string utf8 = "<rss><item><title>\u00e4\u20ac</title></item></rss>";
  const auto declared = [](const std::string& name, const std::string& title) {
    return "<?xml version='1.0' encoding='" + name + "'?><rss><item><title>" + title +
           "</title></item></rss>";
  };
  std::string utf16 = "\xff\xfe";
  for (const char c : std::string("<rss><item><title>a\xe4</title></item></rss>")) {
    utf16 += c;
    utf16 += '\0';
  }
  const struct {
    const char* name;
    std::string bytes, charset, title;
  } cases[] = {{"no word about it", utf8, "", "\u00e4\u20ac"},
               {"a byte order mark", "\xEF\xBB\xBF" + utf8, "", "\u00e4\u20ac"},
               {"latin 1", declared("ISO-8859-1", "\xe4"), "", "\u00e4"},
               {"windows", declared("Windows-1252", "\xe4\x80\x93"), "", "\u00e4\u20ac\u201c"},
               {"windows by its number", declared("cp1252", "\x80"), "", "\u20ac"},
               {"latin 9", declared("iso-8859-15", "\xa4"), "", "\u20ac"},
               {"cyrillic", declared("windows-1251", "\xcf\xf0\xe8"), "", "\u041f\u0440\u0438"},
               {"the server's word", "<rss><item><title>\x80</title></item></rss>", "windows-1252",
                "\u20ac"},
               {"the server's word first", declared("iso-8859-1", "\u00e4"), "utf-8", "\u00e4"},
               {"the mark before the server", "\xEF\xBB\xBF" + utf8, "iso-8859-1", "\u00e4\u20ac"},
               {"an unknown word of the server", utf8, "klingon", "\u00e4\u20ac"},
               {"utf-16", utf16, "", "a\u00e4"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(first(c.bytes, c.charset).title, c.title);
  }
}

TEST(Entries, AreMendedWhereThatIsEasy) {
  const struct {
    const char* name;
    std::string bytes, title;
  } cases[] = {
      {"entities of HTML", "<rss><item><title>a&nbsp;b &hellip;</title></item></rss>",
       "a b \u2026"},
      {"a bare ampersand", "<rss><item><title>R&D & more</title></item></rss>", "R&D & more"},
      {"controls", "<rss><item><title>a\x02 b\x1f</title></item></rss>", "a  b"},
      {"a reference to nothing", "<rss><item><title>a&#2;&#xffff;b</title></item></rss>",
       "a\u0002\uffffb"},
      {"bytes that are no UTF-8", "<rss><item><title>\xff</title></item></rss>", "\uFFFD"},
      {"blank lines first", "\n\n <?xml version='1.0'?><rss><item><title>t</title></item></rss>",
       "t"},
      {"a prefix that is not declared", "<rss><item><media:x/><title>t</title></item></rss>", "t"},
      {"an old DOCTYPE",
       "<!DOCTYPE rss PUBLIC \"-//X//DTD\" \"https://example.org/rss.dtd\">"
       "<rss><item><title>t</title></item></rss>",
       "t"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(first(c.bytes).title, c.title);
  }
}

TEST(Entries, AreRefusedWhereNothingIsToBeRead) {
  std::string deep = "<rss>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  const struct {
    const char* name;
    std::string bytes;
    const char* says;
  } cases[] = {
      {"nothing", "", "no element found"},
      {"HTML", "<!DOCTYPE html><html><body><p>hi<br></body></html>", "it is no XML"},
      {"other XML", "<opml/>", "no RSS and no Atom"},
      {"deep", deep, "nested deeper than 64"},
      {"an unknown encoding", "<?xml version='1.0' encoding='EBCDIC-X'?><rss/>", "encoding"},
      {"entities of its own",
       "<!DOCTYPE r [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>"
       "<rss><item><title>&b;</title></item></rss>",
       "DOCTYPE with declarations"},
      {"a file of the machine",
       "<!DOCTYPE r [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><rss>&x;</rss>",
       "DOCTYPE with declarations"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto document = parse_feed(c.bytes, "");
    ASSERT_FALSE(document);
    EXPECT_EQ(document.error().code, chela::ErrorCode::data_loss);
    EXPECT_NE(document.error().message.find(c.says), std::string::npos) << document.error().message;
  }
}

TEST(Entries, BeforeABreakAreThere) {
  const auto document = parse_feed("<rss><item><title>a</title></item><item><title>b</titel>", "");
  ASSERT_TRUE(document);
  ASSERT_EQ(document->entries.size(), 1u);
  ASSERT_TRUE(document->broken);
  EXPECT_NE(document->broken->message.find("mismatched tag"), std::string::npos);
}

TEST(Entries, KeepToTheirCaps) {
  std::string many = "<rss>";
  for (int i = 0; i < 2000; ++i)
    many += "<item><title>" + std::string(5000, 'x') + std::to_string(i) + "</title></item>";
  const auto document = parse_feed(many, "");
  ASSERT_TRUE(document);
  EXPECT_FALSE(document->broken) << "what is not looked at may be broken";
  EXPECT_EQ(document->entries.size(), 500u);
  EXPECT_EQ(document->entries[0].title.size(), 2048u);
}

// Every cut and many changes: no crash, no entry without an id, and never more entries than items.
TEST(Entries, StandWhateverBytesCome) {
  std::mt19937 random(7);
  for (const auto* whole : {&kRss, &kAtom}) {
    for (std::size_t size = 0; size < whole->size(); ++size)
      (void)parse_feed(std::string_view(*whole).substr(0, size), "");
    for (int i = 0; i < 3000; ++i) {
      std::string bytes = *whole;
      for (int k = 0; k < 4; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
      const auto document = parse_feed(bytes, i % 2 == 0 ? "" : "windows-1252");
      if (!document) continue;
      EXPECT_LE(document->entries.size(), 3u);
      for (const auto& entry : document->entries) EXPECT_FALSE(entry.id.empty());
    }
  }
}

TEST(Entries, KeepWhatOnlyLooksLikeATag) {
  const auto rss = [](const std::string& title) {
    return first("<rss><item><guid>1</guid><title>" + title + "</title></item></rss>").title;
  };
  const auto atom = [](const std::string& type, const std::string& title) {
    return first("<feed><entry><id>1</id><title type='" + type + "'>" + title +
                 "</title></entry></feed>")
        .title;
  };
  EXPECT_EQ(rss("if a &lt; b"), "if a < b");
  EXPECT_EQ(rss("a&lt;b, unlike c"), "a<b, unlike c");
  EXPECT_EQ(rss("<![CDATA[Vec<T> and &lt;b&gt;]]>"), "Vec<T> and <b>");
  EXPECT_EQ(rss("Vec&lt;T&gt;"), "Vec<T>");
  EXPECT_EQ(rss("Vec&amp;lt;T&amp;gt;"), "Vec<T>");
  EXPECT_EQ(atom("html", "Vec&lt;T&gt; is &lt;b&gt;it&lt;/b&gt;"), "Vec<T> is  it");
  EXPECT_EQ(atom("html", "Vec&amp;lt;b&amp;gt;"), "Vec<b>");
  EXPECT_EQ(atom("text", "&lt;b>x&lt;/b>"), "<b>x</b>");
  EXPECT_EQ(atom("xhtml", "<div>Use &lt;b>x&lt;/b> &amp;amp; <i>y</i></div>"),
            "Use <b>x</b> &amp; y");
  EXPECT_EQ(atom("text/html", "&lt;b>x&lt;/b>"), "x");
}

TEST(Plain, KeepsWhatIsNoTag) {
  const struct {
    const char* name;
    std::string html, text;
  } cases[] = {
      {"signs and entities", "a < b &lt; c &unknown; &#x110000; &", "a < b < c &unknown; \uFFFD &"},
      {"an arrow back", "x <- y <= z <", "x <- y <= z <"},
      {"a tag that does not end", "a <b unfinished", "a <b unfinished"},
      {"tags", "<p>a <B>b</b> c<br/>d<br>e", " a  b  c d e"},
      {"a picture", "<img src='x'>a", " a"},
      {"a link that is cut", "a <a href=\"x\">b", "a  b"},
      {"parameters of types", "Map<String, List<T>> and std::vector<int>",
       "Map<String, List<T>> and std::vector<int>"},
      {"a parameter named as an element", "Vec<a> or Vec<B>", "Vec<a> or Vec<B>"},
      {"an element without its other end", "The <dialog> element, </body>",
       "The <dialog> element, </body>"},
      {"an address", "Ana <ana@example.org>", "Ana <ana@example.org>"},
      {"a comparison of two", "a <b and c> d", "a <b and c> d"},
      {"a tag in a comparison", "a <b and <i>c</i>", "a <b and  c "},
      {"a comment", "d <!-- x > y -->e", "d  e"},
      {"a comment that does not end", "d <!-- x <b>e</b>", "d <!-- x  e "},
      {"what is decoded is no tag", "&lt;b&gt;x&lt;/b&gt;", "<b>x</b>"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(plain_from_html(c.html), c.text);
  }
}

TEST(Charset, OfAContentType) {
  EXPECT_EQ(charset_of("text/xml; charset=ISO-8859-1; x=y"), "iso-8859-1");
  EXPECT_EQ(charset_of("text/xml;charset=\"UTF-8\""), "utf-8");
  EXPECT_EQ(charset_of("application/rss+xml"), "");
  EXPECT_EQ(charset_of("text/xml; charset="), "");
}

}  // namespace
}  // namespace feed
