#include "plugin/service_calls.h"

#include <algorithm>

#include "chela/abi/kinds.h"
#include "chela/utf8.h"
#include "services/hash.h"

namespace chela::plugin {
namespace {

using boost::asio::awaitable;
using services::Caller;
using services::Deadline;

tl::unexpected<Error> unknown(const Frame& frame) {
  return fail(ErrorCode::unimplemented, "this host has no " + get_string(frame.head, "service") +
                                            " '" + get_string(frame.head, "op") + "'");
}

std::int64_t to_ms(Timestamp time) {
  return time.time_since_epoch().count();
}

json::value args_of(const Frame& frame) {
  const auto* args = find(frame.head, "args");
  return args == nullptr ? json::value(json::object()) : *args;
}

Result<ServiceReply> state_operation(StateStore& state, const Caller& caller, const Frame& frame) {
  const std::string op = get_string(frame.head, "op");
  const std::string key = get_string(args_of(frame), "key");
  if (op == "get") {
    CHELA_TRY(std::string value, state.get(caller.instance, key));
    return ServiceReply{json::object(), {std::move(value)}};
  }
  if (op == "set") {
    CHELA_TRY(state.set(caller.instance, key, frame.tail));
    return ServiceReply{json::object(), {}};
  }
  if (op == "remove") {
    CHELA_TRY(state.remove(caller.instance, key));
    return ServiceReply{json::object(), {}};
  }
  return unknown(frame);
}

// stat, list and disk_usage, which do not wait. Their path is the frame's tail.
Result<ServiceReply> files_question(const services::Files& files, const Caller& caller,
                                    const Frame& frame) {
  const std::string op = get_string(frame.head, "op");
  if (op == "stat") {
    CHELA_TRY(const auto info, files.stat(caller, frame.tail));
    return ServiceReply{json::object{{"type", to_string(info.type)},
                                     {"size", info.size},
                                     {"modified_ms", to_ms(info.modified)},
                                     {"version", info.version}},
                        {}};
  }
  if (op == "list") {
    CHELA_TRY(const auto list, files.list(caller, frame.tail));
    json::array entries;
    for (const auto& entry : list.entries) {
      entries.push_back(json::object{{"name", replace_invalid_utf8(entry.name)},
                                     {"type", to_string(entry.type)}});
    }
    return ServiceReply{
        json::object{{"entries", std::move(entries)}, {"truncated", list.is_truncated}}, {}};
  }
  if (op == "disk_usage") {
    CHELA_TRY(const auto usage, files.disk_usage(caller, frame.tail));
    return ServiceReply{json::object{{"total_bytes", usage.total_bytes},
                                     {"free_bytes", usage.free_bytes},
                                     {"available_bytes", usage.available_bytes},
                                     {"total_inodes", usage.total_inodes},
                                     {"free_inodes", usage.free_inodes}},
                        {}};
  }
  return unknown(frame);
}

awaitable<Result<ServiceReply>> files_operation(const services::Files& files, const Caller& caller,
                                                Frame frame, Deadline deadline) {
  const std::string op = get_string(frame.head, "op");
  const json::value args = args_of(frame);
  if (op == "read") {
    const auto max_bytes =
        static_cast<std::uint64_t>(std::max<std::int64_t>(get_int(args, "max_bytes"), 0));
    const Duration quiet(std::clamp<std::int64_t>(get_int(args, "quiet_ms"), 0, 60'000));
    CHELA_CO_TRY(auto file, co_await files.read(caller, frame.tail, max_bytes, quiet, deadline));
    json::object info{{"version", file.version},
                      {"size", file.size},
                      {"modified_ms", to_ms(file.modified)},
                      {"truncated", file.is_truncated}};
    ServiceReply reply{std::move(info), {}};
    reply.parts.push_back(std::move(file.bytes));
    co_return reply;
  }
  if (op == "replace") {
    CHELA_CO_TRY(std::string version, co_await files.replace(caller, get_string(args, "path"),
                                                             get_string(args, "base_version"),
                                                             std::move(frame.tail), deadline));
    ServiceReply reply{json::object{{"version", version}}, {}};
    co_return reply;
  }
  co_return files_question(files, caller, frame);
}

awaitable<Result<ServiceReply>> exec_operation(const Services& services, const Caller& caller,
                                               Frame frame, Deadline deadline) {
  CHELA_CO_TRY(auto request, services::parse_exec_request(frame.tail));
  services::ExecRequest kept;
  if (services.on_exec) kept = request;
  auto ran = co_await services.exec.run(caller, std::move(request), deadline);
  if (services.on_exec) services.on_exec(caller, kept, ran);
  CHELA_CO_TRY(auto outcome, std::move(ran));
  CHELA_CO_TRY(json::value info, parse_json(services::exec_info(outcome)));
  ServiceReply reply{std::move(info), {}};
  reply.parts.push_back(std::move(outcome.out));
  reply.parts.push_back(std::move(outcome.err));
  co_return reply;
}

awaitable<Result<ServiceReply>> board_operation(const Board& board, const Caller& caller,
                                                Frame frame) {
  if (!caller.grant.board_read) {
    co_return fail(services::refusal(services::Permission::board, caller.instance, ""));
  }
  if (!board) co_return fail(ErrorCode::unavailable, "no task backend is enabled");
  CHELA_CO_TRY(json::value query, parse_json(frame.tail));
  CHELA_CO_TRY(const json::value tasks, co_await board(std::move(query)));
  ServiceReply reply{json::object(), {}};
  reply.parts.push_back(json::serialize(tasks));
  co_return reply;
}

tl::unexpected<Error> no_network() {
  return fail(ErrorCode::unimplemented, "this host has no network for plugins");
}

awaitable<Result<ServiceReply>> http_operation(const Services& services, const Caller& caller,
                                               Frame frame, Deadline deadline) {
  if (services.net == nullptr) co_return no_network();
  const auto size =
      static_cast<std::size_t>(std::max<std::int64_t>(get_int(args_of(frame), "request_bytes"), 0));
  if (size > frame.tail.size()) co_return unknown(frame);
  std::string request = frame.tail.substr(0, size);
  frame.tail.erase(0, size);
  CHELA_CO_TRY(
      services::FetchAnswer fetched,
      co_await services.net->fetch(caller, std::move(request), std::move(frame.tail), deadline));
  ServiceReply reply{std::move(fetched.info), {}};
  reply.parts.push_back(std::move(fetched.body));
  co_return reply;
}

// The deadline of one read or write, never beyond the call's.
Deadline sooner(const json::value& args, Deadline deadline) {
  const Duration timeout(std::clamp<std::int64_t>(get_int(args, "timeout_ms"), 0, 3'600'000));
  return std::min(deadline, std::chrono::steady_clock::now() + timeout);
}

awaitable<Result<ServiceReply>> stream_operation(const Services& services, const Caller& caller,
                                                 services::CallStreams& streams, Frame frame,
                                                 Deadline deadline) {
  if (services.net == nullptr) co_return no_network();
  const std::string op = get_string(frame.head, "op");
  const json::value args = args_of(frame);
  if (op == "open") {
    CHELA_CO_TRY(streams.check_room());
    CHELA_CO_TRY(auto stream, co_await services.net->open(caller, std::move(frame.tail), deadline));
    CHELA_CO_TRY(const std::uint32_t opened, streams.add(std::move(stream)));
    co_return ServiceReply{json::object{{"stream", opened}}, {}};
  }
  const auto number =
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(get_int(args, "stream"), 0, UINT32_MAX));
  CHELA_CO_TRY(services::MailStream * stream, streams.find(number));
  if (op == "read") {
    constexpr std::int64_t kUsual = 64 << 10, kMost = 1 << 20;
    const auto wanted = get_int(args, "max_bytes");
    const auto most = static_cast<std::size_t>(wanted <= 0 ? kUsual : std::min(wanted, kMost));
    CHELA_CO_TRY(std::string bytes, co_await stream->read(most, sooner(args, deadline)));
    ServiceReply reply{json::object(), {}};
    reply.parts.push_back(std::move(bytes));
    co_return reply;
  }
  if (op == "write") {
    CHELA_CO_TRY(co_await stream->write(std::move(frame.tail), sooner(args, deadline)));
    co_return ServiceReply{json::object(), {}};
  }
  if (op != "close") co_return unknown(frame);
  CHELA_CO_TRY(streams.close(number));
  co_return ServiceReply{json::object(), {}};
}

awaitable<Result<ServiceReply>> sign_operation(const Services& services, const Caller& caller,
                                               Frame frame, Deadline deadline) {
  if (services.net == nullptr) co_return no_network();
  const json::value args = args_of(frame);
  CHELA_CO_TRY(
      const services::MadeSignature made,
      co_await services.net->sign(caller, get_string(args, "key"), get_string(args, "algorithm"),
                                  std::move(frame.tail), deadline));
  ServiceReply reply{json::object{{"algorithm", made.algorithm}}, {}};
  reply.parts.push_back(services::base64(made.bytes));
  co_return reply;
}

}  // namespace

std::string encode_reply(std::uint64_t id, const Result<ServiceReply>& reply) {
  if (!reply) {
    return encode_frame(id, {{"type", "reply"},
                             {"status", static_cast<int>(reply.error().code)},
                             {"message", replace_invalid_utf8(reply.error().message)}});
  }
  json::array sizes;
  std::string tail;
  for (const auto& part : reply->parts) {
    sizes.emplace_back(part.size());
    tail += part;
  }
  std::string bytes = encode_frame(
      id,
      {{"type", "reply"}, {"status", 0}, {"result", reply->result}, {"parts", std::move(sizes)}},
      tail);
  // The worker accepts an envelope of at most kMaxEnvelopeBytes; a longer result (a huge folder) is
  // refused here.
  if (bytes.size() - tail.size() > kMaxEnvelopeBytes) {
    return encode_reply(id, fail(ErrorCode::resource_exhausted, "the answer is too long"));
  }
  return bytes;
}

awaitable<Result<ServiceReply>> answer(const Services& services, const Caller& caller,
                                       services::CallStreams& streams, Frame frame,
                                       Deadline deadline) {
  const std::string service = get_string(frame.head, "service");
  const std::string op = get_string(frame.head, "op");
  if (service == CHELA_SERVICE_FILES) {
    co_return co_await files_operation(services.files, caller, std::move(frame), deadline);
  }
  if (service == CHELA_SERVICE_EXEC && op == "run") {
    co_return co_await exec_operation(services, caller, std::move(frame), deadline);
  }
  if (service == CHELA_SERVICE_BOARD && op == "list") {
    co_return co_await board_operation(services.board, caller, std::move(frame));
  }
  if (service == CHELA_SERVICE_HTTP && op == "fetch") {
    co_return co_await http_operation(services, caller, std::move(frame), deadline);
  }
  if (service == CHELA_SERVICE_STREAM) {
    co_return co_await stream_operation(services, caller, streams, std::move(frame), deadline);
  }
  if (service == CHELA_SERVICE_SIGN && op == "sign") {
    co_return co_await sign_operation(services, caller, std::move(frame), deadline);
  }
  if (service == CHELA_SERVICE_STATE) co_return state_operation(services.state, caller, frame);
  co_return unknown(frame);
}

}  // namespace chela::plugin
