#include "config/roles.h"

#include <algorithm>
#include <filesystem>

#include "config/file.h"

namespace chela::config {
namespace {

std::string place_of_role(const Instance& instance) {
  return where(instance.source.file, find_place(instance.source.places, "/role").value);
}

Problem second_source(const Instance& instance, const Instance& first) {
  return {instance.source.file, instance.id,
          place_of_role(instance) + ": " + instance.id +
              " is a second source of tasks; wanted one; found role: source in " +
              first.source.file + ", too, which stays (role: mirror keeps this one like it)"};
}

Problem mirror_of_nothing(const Instance& instance) {
  return {instance.source.file, instance.id,
          place_of_role(instance) + ": " + instance.id +
              " is a mirror, and no task backend is the source; wanted another one that is on, or "
              "role: source here"};
}

Problem undecided(const Instance& instance, const Problem& broken) {
  return {instance.source.file, instance.id,
          place_of_role(instance) + ": whether " + instance.id +
              " is the source of tasks or a mirror cannot be told while " + broken.file +
              " is broken; wanted that one mended, or role: source here"};
}

// A manifest of a task backend that cannot be used; nullptr: none.
const Problem* broken_backend(const std::vector<Problem>& broken) {
  const auto found = std::find_if(broken.begin(), broken.end(), [](const Problem& problem) {
    return std::filesystem::path(problem.file).parent_path().filename() == folder_of(Kind::tasks);
  });
  return found == broken.end() ? nullptr : &*found;
}

}  // namespace

const Instance* find_source(const std::vector<Instance>& instances) {
  const auto found = std::find_if(instances.begin(), instances.end(), [](const Instance& one) {
    return one.kind == Kind::tasks && one.role == TaskRole::source;
  });
  return found == instances.end() ? nullptr : &*found;
}

std::vector<Problem> resolve_roles(std::vector<Instance>& instances,
                                   const std::vector<Problem>& broken) {
  std::vector<Problem> problems;
  const Instance* source = find_source(instances);
  std::string id = source == nullptr ? "" : source->id;
  const Problem* in_the_way = source == nullptr ? broken_backend(broken) : nullptr;
  for (const auto& one : instances) {
    if (!id.empty() || one.kind != Kind::tasks || one.role) continue;
    // The built-in one comes first whatever the broken manifest says.
    if (one.is_builtin) in_the_way = nullptr;
    if (in_the_way == nullptr) id = one.id;
  }

  std::vector<Instance> kept;
  for (auto& one : instances) {
    if (one.kind != Kind::tasks) {
      kept.push_back(std::move(one));
    } else if (in_the_way != nullptr) {
      problems.push_back(undecided(one, *in_the_way));
    } else if (id.empty()) {
      problems.push_back(mirror_of_nothing(one));

    } else if (one.role == TaskRole::source && one.id != id) {
      problems.push_back(second_source(one, *find_source(kept)));
    } else {
      one.role = one.id == id ? TaskRole::source : TaskRole::mirror;
      kept.push_back(std::move(one));
    }
  }
  instances = std::move(kept);
  return problems;
}

}  // namespace chela::config
