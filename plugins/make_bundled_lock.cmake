# Writes bundled.lock (plugin id -> sha256 of its file) and a source file with the lock's own sha256.
#   cmake -DFILES=<a.so|b.so> -DLOCK=<file> -DSOURCE=<file> -P make_bundled_lock.cmake
string(REPLACE "|" ";" FILES "${FILES}")
set(members "")
foreach(file ${FILES})
  file(SHA256 "${file}" hash)
  cmake_path(GET file STEM LAST_ONLY id)
  list(APPEND members "  \"${id}\": \"${hash}\"")
endforeach()
list(JOIN members ",\n" members)
file(WRITE "${LOCK}" "{\n${members}\n}\n")
file(SHA256 "${LOCK}" lock_hash)
file(WRITE "${SOURCE}" "// Generated: the hash of bundled.lock.
#include \"app/bundled_lock_hash.h\"

namespace chela::app {
const std::string_view kBundledLockSha256 = \"${lock_hash}\";
}  // namespace chela::app
")
