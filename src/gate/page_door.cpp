#include "gate/page_door.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "gate/awaiting.hpp"

namespace postern::gate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// A page of ours, which runs its own script and is in nobody's frame.
constexpr const char* policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void set_safe(AdminResponse& response) {
  response.set(http::field::cache_control, "no-store");
  response.set("Content-Security-Policy", policy);
  response.set(http::field::x_frame_options, "DENY");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
}

AdminResponse with_json(unsigned status, std::string text) {
  AdminResponse response(static_cast<http::status>(status), 11);
  set_safe(response);
  response.set(http::field::content_type, "application/json");
  response.body() = std::move(text);
  return response;
}

AdminResponse refusal(unsigned status, std::string_view why) {
  return with_json(status, nlohmann::json{{"error", why}}.dump());
}

std::string_view type_of(std::string_view name) noexcept {
  return name.ends_with(".css")  ? "text/css; charset=utf-8"
         : name.ends_with(".js") ? "text/javascript; charset=utf-8"
                                 : "text/html; charset=utf-8";
}

AdminResponse with_file(const EmbeddedFile& file) {
  AdminResponse response(http::status::ok, 11);
  set_safe(response);
  response.set(http::field::content_type, std::string(type_of(file.name)));
  response.body() = std::string(file.text);
  return response;
}

std::string_view query_of(const AdminRequest& request) {
  const std::string_view target = request.target();
  const std::size_t mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

// Where the events go on: what the browser saw last, else what the page itself asks for.
std::int64_t wanted_after(const AdminRequest& request) {
  std::string_view text = request["Last-Event-ID"];
  const std::string_view query = query_of(request);
  if (text.empty() && query.starts_with("after=")) text = query.substr(6);
  std::int64_t after = -1;
  const char* end = text.data() + text.size();
  const bool whole = !text.empty() && std::from_chars(text.data(), end, after).ptr == end;
  return whole && after >= 0 ? after : -1;
}

}  // namespace

AdminHeaders headers_of(const AdminRequest& request) {
  return {request[http::field::host], request[http::field::origin], request["Sec-Fetch-Site"],
          request[http::field::content_type], request.version()};
}

std::string_view path_of(const AdminRequest& request) {
  const std::string_view target = request.target();
  return target.substr(0, target.find('?'));
}

PageDoor::PageDoor(asio::io_context& loop, AdminGuard guard, PageSessions sessions, EventLog& log,
                   UnixTime (*now)())
    : loop_(loop), guard_(std::move(guard)), sessions_(std::move(sessions)), log_(log), now_(now) {}

// No coroutine: GCC 12 destroys twice what a lambda that is a coroutine's argument holds.
std::shared_ptr<asio::steady_timer> PageDoor::elsewhere(std::function<void()> work) {
  auto done = std::make_shared<asio::steady_timer>(loop_, asio::steady_timer::time_point::max());
  asio::post(work_, [&loop = loop_, work = std::move(work), done] {
    work();
    // On the loop's thread, where by then somebody waits.
    asio::post(loop, [done] { done->cancel(); });
  });
  return done;
}

asio::awaitable<AdminResponse> PageDoor::answer(const AdminRequest& request) {
  const std::string_view path = path_of(request);
  const bool reads = request.method() == http::verb::get || request.method() == http::verb::head;
  if (!reads && request.method() != http::verb::post) {
    co_return refusal(405, "GET and POST only");
  }
  if (!site_) co_return refusal(503, "starting");
  if (reads) {
    if (const EmbeddedFile* file = site_->file(path)) co_return with_file(*file);
  }
  const AdminHeaders headers = headers_of(request);
  const std::string_view fault =
      reads ? guard_.fault_of_reading(headers) : guard_.fault_of_changing(headers);
  if (!fault.empty()) co_return refusal(403, fault);
  if (!reads && path == "/api/session") co_return co_await sign_in(request);
  const auto session = sessions_.session_of(request[http::field::cookie], now_());
  if (!session) co_return refusal(401, "sign in first");
  if (!reads && path == "/api/sign-out") {
    AdminResponse response = with_json(200, "{}");
    response.set(http::field::set_cookie, PageSessions::no_cookie());
    co_return response;
  }
  co_return co_await ask_site(request, *session);
}

asio::awaitable<AdminResponse> PageDoor::sign_in(const AdminRequest& request) {
  const auto said = nlohmann::json::parse(request.body(), nullptr, false);
  std::string who;
  bool right = false;
  if (said.is_object()) {
    const auto token = said.find("token");
    const auto name = said.find("who");
    right = token != said.end() && token->is_string() &&
            sessions_.is_token(token->get_ref<const std::string&>());
    if (name != said.end() && name->is_string()) who = name->get<std::string>();
  }
  LogLine line(right ? "page_signed_in" : "page_turned_away",
               right ? Weight::outcome : Weight::fault);
  log_.write(line.add("who", who));
  if (!right) {
    // Whoever guesses waits.
    asio::steady_timer pause(loop_, std::chrono::seconds(1));
    const auto [cut_off] = co_await pause.async_wait(awaiting);
    static_cast<void>(cut_off);
    co_return refusal(403, "that is not the token of token_file");
  }
  AdminResponse response = with_json(200, "{}");
  response.set(http::field::set_cookie, sessions_.cookie_for(who, now_()));
  co_return response;
}

asio::awaitable<AdminResponse> PageDoor::ask_site(const AdminRequest& request,
                                                  const PageSession& session) {
  PageRequest asked;
  asked.changes = request.method() == http::verb::post;
  asked.path = path_of(request);
  asked.query = query_of(request);
  asked.body = request.body();
  asked.who = session.who;
  const auto answer = std::make_shared<PageAnswer>();
  const auto done = elsewhere(
      [site = site_, asked = std::move(asked), answer] { *answer = site->answer(asked); });
  const auto [answered] = co_await done->async_wait(awaiting);
  static_cast<void>(answered);
  co_return with_json(answer->status, std::move(answer->json));
}

asio::awaitable<void> PageDoor::stream(beast::tcp_stream& peer, const AdminRequest& request) {
  const auto say = [&](unsigned status, std::string_view why) {
    return fmt::format(
        "HTTP/1.1 {} No\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n{}\n", status, why);
  };
  const auto session = sessions_.session_of(request[http::field::cookie], now_());
  const std::string_view fault = guard_.fault_of_reading(headers_of(request));
  const std::string no = request.method() != http::verb::get ? say(405, "GET only")
                         : !fault.empty()                    ? say(403, fault)
                         : !session                          ? say(401, "sign in first")
                         : !site_                            ? say(503, "starting")
                         : *streams_ >= most_streams         ? say(503, "too many streams are open")
                                                             : std::string{};
  std::string text = no;
  if (no.empty()) {
    text = fmt::format(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
        "Connection: close\r\n\r\nretry: 2000\n\n");
  }
  // Counted down however the coroutine ends.
  struct Counted {
    explicit Counted(std::shared_ptr<std::size_t> a_count) : count(std::move(a_count)) { ++*count; }
    ~Counted() { --*count; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    std::shared_ptr<std::size_t> count;
  };
  std::optional<Counted> counted;
  std::shared_ptr<PageStream> events;
  if (no.empty()) {
    counted.emplace(streams_);
    const std::int64_t after = wanted_after(request);
    const auto opened = std::make_shared<std::unique_ptr<PageStream>>();
    const auto done = elsewhere([site = site_, after, opened] { *opened = site->events(after); });
    const auto [answered] = co_await done->async_wait(awaiting);
    static_cast<void>(answered);
    events = std::move(*opened);
  }
  asio::steady_timer pace(loop_);
  auto spoken = std::chrono::steady_clock::now();
  for (;;) {
    if (!text.empty()) {
      // Who does not take it in that time is dropped.
      peer.expires_after(std::chrono::seconds(10));
      const auto [error, sent] = co_await asio::async_write(peer, asio::buffer(text), awaiting);
      static_cast<void>(sent);
      if (error || !events) co_return;
      spoken = std::chrono::steady_clock::now();
    }
    pace.expires_after(std::chrono::seconds(1));
    const auto [cut_off] = co_await pace.async_wait(awaiting);
    if (cut_off || now_() >= session->until) co_return;
    const auto next = std::make_shared<std::string>();
    const auto done = elsewhere([events, next] { *next = events->next(); });
    const auto [answered] = co_await done->async_wait(awaiting);
    static_cast<void>(answered);
    text = std::move(*next);
    if (text.empty() && std::chrono::steady_clock::now() - spoken > std::chrono::seconds(15))
      text = ":\n\n";
  }
}

}  // namespace postern::gate
