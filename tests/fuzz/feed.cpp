// Feeds: whatever a web server sends becomes entries with an id and bounded texts, each new once.
#include "../../plugins/checks/feed/entries.h"
#include "../../plugins/checks/feed/memory.h"
#include "../../plugins/checks/feed/plain.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  std::string_view bytes = fuzz::text_of(data, size);
  constexpr const char* kCharsets[] = {"", "utf-8", "windows-1252", "utf-16", "iso-8859-1", "x"};
  const auto charset = kCharsets[bytes.empty() ? 0 : static_cast<unsigned char>(bytes[0]) % 6];
  const auto document = feed::parse_feed(bytes, charset);
  if (!document) return 0;
  fuzz::require(document->entries.size() <= 500, "entries are capped");
  for (const auto& entry : document->entries) {
    fuzz::require(!entry.id.empty(), "an entry has an id");
    fuzz::require(entry.categories.size() <= 20, "categories are capped");
    for (const auto* text : {&entry.id, &entry.title, &entry.link})
      fuzz::require(text->size() <= 2048, "texts are capped");
    fuzz::require(feed::plain_from_html(entry.title).size() <= 3 * entry.title.size() + 4,
                  "markup does not grow");
  }
  feed::Memory memory;
  (void)feed::take_new(memory, document->entries, 500);
  fuzz::require(feed::take_new(memory, document->entries, 500).empty(), "what was new is old");
  memory = feed::memory_from(feed::to_json(memory));
  fuzz::require(feed::take_new(memory, document->entries, 500).empty(), "it is remembered");
  return 0;
}
