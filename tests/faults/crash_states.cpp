#include "faults/crash_states.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace chela::test {
namespace {

constexpr std::size_t kSector = 512;
using Kind = DiskOp::Kind;

std::string unhex(const std::string& text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x') {
      bytes += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}

// One line of strace: `renameat(5</w>, "a", 5</w>, "b") = 0`.
struct Call {
  std::string name;
  std::vector<std::string> texts;  // quoted ones
  std::vector<std::string> paths;  // of descriptors, in order; AT_FDCWD counts where it has one
  std::vector<int> numbers;        // of those descriptors
  std::string line;
  bool has(const char* flag) const { return line.find(flag) != std::string::npos; }
};

Call parse(const std::string& line) {
  Call call;
  call.line = line;
  call.name = line.substr(0, line.find('('));
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"') {
      const auto end = line.find('"', i + 1);
      call.texts.push_back(unhex(line.substr(i + 1, end - i - 1)));
      i = end;
    } else if (line[i] == '<') {
      const auto end = line.find('>', i + 1);
      std::size_t first = i;
      while (first > 0 && std::isdigit(static_cast<unsigned char>(line[first - 1]))) --first;
      call.paths.push_back(unhex(line.substr(i + 1, end - i - 1)));
      call.numbers.push_back(first == i ? -1 : std::stoi(line.substr(first, i - first)));
      i = end;
    }
  }
  return call;
}

class Reader {
 public:
  Reader(std::string folder, const Folder& before) : folder_(std::move(folder)) {
    for (const auto& [name, bytes] : before) {
      trace_.before[name] = static_cast<int>(trace_.files.size());
      trace_.files.push_back(bytes);
    }
    names_ = trace_.before;
  }

  void take(const Call& call) {
    if (call.name == "openat" && call.has("O_CREAT")) return open(call);
    if (call.name == "write" || call.name == "pwrite64") return write(call);
    if (call.name == "ftruncate") return truncate(call);
    if (call.name == "fsync" || call.name == "fdatasync") return sync(call);
    if (call.name == "unlink" || call.name == "unlinkat") return unlink(call);
    if (call.name.starts_with("rename")) return rename(call);
    if (call.name.starts_with("link")) return link(call);
  }

  Trace result() { return std::move(trace_); }

 private:
  // The name in the folder, "" where it is elsewhere.
  std::string name_of(const std::string& path) const {
    if (!path.starts_with(folder_ + "/")) return "";
    const std::string name = path.substr(folder_.size() + 1);
    return name.find('/') == std::string::npos ? name : "";
  }
  std::string name_in(const Call& call, std::size_t text, std::size_t path) const {
    const std::string& given = call.texts.at(text);
    if (given.starts_with("/")) return name_of(given);
    return path < call.paths.size() ? name_of(call.paths[path] + "/" + given) : "";
  }
  int file_of(const std::string& path) const {
    const auto found = names_.find(name_of(path));
    return found == names_.end() ? -1 : found->second;
  }
  void change(std::map<std::string, int> names) {
    for (const auto& [name, file] : names) {
      if (file < 0) {
        names_.erase(name);
      } else {
        names_[name] = file;
      }
    }
    DiskOp op;
    op.names = std::move(names);
    trace_.ops.push_back(std::move(op));
  }

  void open(const Call& call) {
    const std::string name = name_of(call.paths.back());
    if (name.empty()) return;
    if (!names_.contains(name)) {
      change({{name, static_cast<int>(trace_.files.size())}});
      trace_.files.emplace_back();
    } else if (call.has("O_TRUNC")) {
      trace_.ops.push_back({Kind::truncate, names_[name], 0, "", {}});
    }
    at_[call.numbers.back()] = 0;
  }
  void write(const Call& call) {
    const int file = file_of(call.paths.at(0));
    if (file < 0) return;
    std::size_t& at = at_[call.numbers.at(0)];
    trace_.ops.push_back({Kind::write, file, at, call.texts.at(0), {}});
    at += call.texts.at(0).size();
  }
  void truncate(const Call& call) {
    const int file = file_of(call.paths.at(0));
    const auto comma = call.line.rfind(", ");
    if (file >= 0)
      trace_.ops.push_back({Kind::truncate, file, std::stoul(call.line.substr(comma + 2)), "", {}});
  }
  void sync(const Call& call) {
    const std::string& path = call.paths.at(0);
    if (path == folder_) trace_.ops.push_back({Kind::sync_folder, -1, 0, "", {}});
    if (file_of(path) >= 0) trace_.ops.push_back({Kind::sync_file, file_of(path), 0, "", {}});
  }
  void unlink(const Call& call) {
    const std::string name = name_in(call, 0, 0);
    if (!name.empty()) change({{name, -1}});
  }
  void rename(const Call& call) {
    const std::string from = name_in(call, 0, 0), to = name_in(call, 1, 1);
    if (from.empty() || to.empty()) return;
    const int moved = names_.at(from);
    if (call.has("RENAME_EXCHANGE")) return change({{from, names_.at(to)}, {to, moved}});
    change({{from, -1}, {to, moved}});
  }
  void link(const Call& call) {
    const std::string from = name_in(call, 0, 0), to = name_in(call, 1, 1);
    if (!from.empty() && !to.empty()) change({{to, names_.at(from)}});
  }

  std::string folder_;
  Trace trace_;
  std::map<std::string, int> names_;
  std::map<int, std::size_t> at_;  // position of each descriptor
};

void apply(std::string& bytes, const DiskOp& op) {
  if (op.kind == Kind::truncate) {
    bytes.resize(op.offset);
    return;
  }
  bytes.resize(std::max(bytes.size(), op.offset + op.bytes.size()));
  bytes.replace(op.offset, op.bytes.size(), op.bytes);
}

bool is_data(const DiskOp& op) {
  return op.kind == Kind::write || op.kind == Kind::truncate;
}

// What a file may hold: `sure` with every selection of `open`, each write whole, cut after a
// sector, or with one sector of zeros.
std::set<std::string> contents(const std::string& sure, const std::vector<const DiskOp*>& open) {
  std::set<std::string> all{sure};
  for (const DiskOp* op : open) {
    std::set<std::string> more = all;
    for (const std::string& before : all) {
      std::string with = before;
      apply(with, *op);
      more.insert(with);
      if (op->kind == Kind::truncate) continue;
      for (std::size_t at = 0; at < op->bytes.size(); at += kSector) {
        more.insert(with.substr(0, std::max(before.size(), op->offset + at)));
        std::string hole = with;
        const auto size = std::min(kSector, op->bytes.size() - at);
        hole.replace(op->offset + at, size, std::string(size, '\0'));
        more.insert(hole);
      }
    }
    all = std::move(more);
  }
  return all;
}

class Cut {
 public:
  Cut(const Trace& trace, std::size_t done) : trace_(trace), sure_(trace.files) {
    for (std::size_t i = 0; i < done; ++i) {
      const DiskOp& op = trace.ops[i];
      if (op.kind == Kind::names) {
        (is_followed(i, done, Kind::sync_folder, -1) ? sure_names_ : open_names_).push_back(&op);
      } else if (is_data(op)) {
        if (is_followed(i, done, Kind::sync_file, op.file)) {
          apply(sure_[static_cast<std::size_t>(op.file)], op);
        } else {
          open_data_[op.file].push_back(&op);
        }
      }
    }
  }

  long each(const std::function<void(const Folder&)>& look) const {
    long states = 0;
    for (unsigned long chosen = 0; chosen < (1ul << open_names_.size()); ++chosen) {
      auto names = trace_.before;
      const auto put = [&](const DiskOp& op) {
        for (const auto& [name, file] : op.names) names[name] = file;
      };
      for (const DiskOp* op : sure_names_) put(*op);
      for (std::size_t i = 0; i < open_names_.size(); ++i) {
        if (chosen >> i & 1) put(*open_names_[i]);
      }
      std::erase_if(names, [](const auto& entry) { return entry.second < 0; });
      states += fill(names, names.begin(), {}, look);
    }
    return states;
  }

 private:
  bool is_followed(std::size_t from, std::size_t done, Kind kind, int file) const {
    return std::any_of(trace_.ops.begin() + static_cast<std::ptrdiff_t>(from),
                       trace_.ops.begin() + static_cast<std::ptrdiff_t>(done),
                       [&](const DiskOp& op) { return op.kind == kind && op.file == file; });
  }

  // Every combination of what the files behind `names` may hold.
  long fill(const std::map<std::string, int>& names, std::map<std::string, int>::const_iterator at,
            Folder folder, const std::function<void(const Folder&)>& look) const {
    if (at == names.end()) {
      look(folder);
      return 1;
    }
    const auto open = open_data_.find(at->second);
    const std::string& sure = sure_[static_cast<std::size_t>(at->second)];
    const auto all =
        open == open_data_.end() ? std::set<std::string>{sure} : contents(sure, open->second);
    long states = 0;
    for (const auto& bytes : all) {
      folder[at->first] = bytes;
      states += fill(names, std::next(at), folder, look);
    }
    return states;
  }

  const Trace& trace_;
  std::vector<std::string> sure_;
  std::vector<const DiskOp*> sure_names_, open_names_;
  std::map<int, std::vector<const DiskOp*>> open_data_;
};

}  // namespace

Folder Trace::start() const {
  Folder folder;
  for (const auto& [name, file] : before) folder[name] = files[static_cast<std::size_t>(file)];
  return folder;
}

Folder Trace::after() const {
  auto bytes = files;
  auto names = before;
  for (const auto& op : ops) {
    if (is_data(op)) apply(bytes[static_cast<std::size_t>(op.file)], op);
    for (const auto& [name, file] : op.names) names[name] = file;
  }
  Folder folder;
  for (const auto& [name, file] : names) {
    if (file >= 0) folder[name] = bytes[static_cast<std::size_t>(file)];
  }
  return folder;
}

Trace read_trace(const std::string& text, const std::string& folder, const Folder& before) {
  Reader reader(folder, before);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(" = -1 ") == std::string::npos && line.find('(') != std::string::npos)
      reader.take(parse(line));
  }
  return reader.result();
}

long each_crash_state(const Trace& trace,
                      const std::function<void(const Folder&, bool is_acknowledged)>& look) {
  long states = 0;
  for (std::size_t done = 0; done <= trace.ops.size(); ++done) {
    const bool is_end = done == trace.ops.size();
    states += Cut(trace, done).each([&](const Folder& folder) { look(folder, is_end); });
  }
  return states;
}

}  // namespace chela::test
