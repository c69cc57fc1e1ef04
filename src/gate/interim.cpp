#pragma GCC diagnostic ignored "-Wmisleading-indentation"
#pragma GCC diagnostic ignored "-Wconversion"
#include "gate/judge.hpp"

#include <array>

#include "gate/metrics.hpp"

namespace postern::gate {

// Interim: the rule and the modes; exceptions and protections come with the other half of the room.
std::string_view name_of(Mode mode) noexcept {
  constexpr std::array<std::string_view, 4> names{"enforce", "observe", "tenant", "off"};
  return names.at(static_cast<std::size_t>(mode));
}
std::string_view name_of(Stage stage) noexcept {
  return stage == Stage::rcpt ? "rcpt" : "data";
}

Judge::Judge(policy::Policy policy, JudgeSettings settings)
    : policy_(std::move(policy)),
      enforced_(policy_.with_reject_direct_send(true)),
      settings_(std::move(settings)) {}

tl::expected<std::shared_ptr<const Judge>, std::vector<Error>> Judge::make(policy::Policy policy,
                                                                           JudgeSettings settings) {
  return std::shared_ptr<const Judge>(new Judge(std::move(policy), std::move(settings)));
}
std::vector<std::string> Judge::remarks() const {
  return {};
}
Judge::Rules Judge::rules_for(std::string_view) const {
  return {settings_.mode, settings_.stage, policy::no_tenant};
}

struct Hearing::State {
  std::shared_ptr<const Judge> judge;
  const SessionFacts& session;
  Sender sender;
  std::optional<smtp::Reply> refusal;
  bool any = false;
};

Hearing::Hearing(std::shared_ptr<const Judge> judge, const SessionFacts& session, Sender sender,
                 UnixTime, std::string)
    : state_(new State{std::move(judge), session, std::move(sender), {}, false}) {}
Hearing::Hearing(Hearing&&) noexcept = default;
Hearing::~Hearing() = default;

RecipientAnswer Hearing::recipient(const message::Address& address) {
  RecipientAnswer answer;
  const Judge::Rules rules = state_->judge->rules_for(address.domain);
  if (rules.mode == Mode::off) return answer;
  const SessionFacts& session = state_->session;
  policy::Submission s;
  s.client_ip = session.client;
  s.authenticated = session.authenticated;
  s.tls = session.tls;
  s.certificate.state = session.certificate;
  s.certificate.subject = session.common_name;
  const std::vector<std::string_view> names(session.alternative_names.begin(),
                                            session.alternative_names.end());
  s.certificate.subject_alternative_names = names;
  s.certificate.trusted = session.certificate_trusted;
  s.reverse_path.state =
      state_->sender.null ? policy::ReversePath::State::null : policy::ReversePath::State::address;
  s.reverse_path.domain = state_->sender.address.domain;
  s.recipient_domain = address.domain;
  const auto verdict =
      decide(rules.mode == Mode::tenant ? state_->judge->policy_ : state_->judge->enforced_, s);
  answer.reason = verdict.reason;
  const policy::Reply* reply = policy::reply_for(verdict);
  const bool refuse = reply != nullptr && rules.mode != Mode::observe;
  if (refuse) {
    answer.reply = {reply->code, std::string(reply->enhanced_status), std::string(reply->text)};
    if (!state_->judge->settings_.support.empty()) {
      answer.reply.text += ' ' + state_->judge->settings_.support;
    }
  }
  if (rules.stage == Stage::data) {
    if (state_->any && state_->refusal.has_value() != refuse) {
      return {Action::defer,
              {452, "4.5.3", "That recipient needs a message of its own, send again"},
              verdict.reason,
              true};
    }
    state_->any = true;
    if (refuse) state_->refusal = answer.reply;
    answer.reply = {};
    return answer;
  }
  if (refuse) answer.action = Action::refuse;
  return answer;
}
void Hearing::withdraw_last() {}
bool Hearing::needs_header() const noexcept {
  return needs_verdict();
}
bool Hearing::needs_authentication() const noexcept {
  return false;
}
bool Hearing::needs_verdict() const noexcept {
  return state_->refusal.has_value();
}
MessageAnswer Hearing::message(const message::HeaderBlock&, const auth::MessageAuthentication*) {
  if (!state_->refusal) return {};
  return {Action::refuse, *state_->refusal, {}, "direct_send_rejected"};
}
std::vector<Record> Hearing::take_records() {
  return {};
}

std::string edited_header(std::string_view bytes, const message::HeaderBlock&,
                          std::span<const HeaderEdit>) {
  return std::string(bytes);
}
void Histogram::observe(std::chrono::nanoseconds) noexcept {}
void Metrics::count(const Record&) noexcept {}

}  // namespace postern::gate
#include "gate/settings.hpp"
#include <fstream>
#include <sstream>
#include <toml++/toml.h>
namespace postern::gate {
tl::expected<Settings, std::vector<Error>> parse_settings(std::string_view text, const std::string& name) {
  Settings s; s.file = name;
  try {
    const toml::table t = toml::parse(text, name);
    auto list = [](toml::node_view<const toml::node> n, std::vector<std::string>& into) {
      if (const auto* a = n.as_array()) { into.clear(); for (const auto& i : *a) into.push_back(i.value_or(std::string{})); } };
    auto text_of = [](toml::node_view<const toml::node> n, std::string& into) { into = n.value_or(into); };
    auto num = [](toml::node_view<const toml::node> n, auto& into) { using T = std::remove_reference_t<decltype(into)>; if (auto v = n.value<std::int64_t>()) into = T(*v); };
    list(t["tenants"], s.tenants); text_of(t["host_name"], s.host_name); num(t["threads"], s.threads); text_of(t["user"], s.user);
    num(t["drain_time"], s.drain_time); num(t["hold_memory"], s.hold_memory); text_of(t["hold_folder"], s.hold_folder);
    std::string mode = t["mode"].value_or(std::string("enforce"));
    s.judge.mode = mode == "observe" ? Mode::observe : mode == "tenant" ? Mode::tenant : mode == "off" ? Mode::off : Mode::enforce;
    if (t["stage"].value_or(std::string("rcpt")) == "data") s.judge.stage = Stage::data;
    text_of(t["support"], s.judge.support);
    if (t["foreign_recipients"].value_or(std::string{}) == "pass") s.judge.foreign_recipients = ForeignRecipients::pass;
    const auto smtp = t["smtp"]; list(smtp["listen"], s.smtp.listen);
    std::vector<std::string> p; list(smtp["proxy_peers"], p); for (auto& x : p) s.smtp.proxy_peers.push_back(*Prefix::parse(x));
    p.clear(); list(smtp["xclient_peers"], p); for (auto& x : p) s.smtp.xclient_peers.push_back(*Prefix::parse(x));
    num(smtp["greeting_delay"], s.smtp.greeting_delay); s.smtp.require_tls = smtp["require_tls"].value_or(false);
    if (smtp["auth"].value_or(std::string{}) == "pass") s.smtp.auth = AuthUse::pass; s.smtp.auth_in_clear = smtp["auth_in_clear"].value_or(false);
    text_of(t["tls"]["certificate"], s.tls.certificate); text_of(t["tls"]["key"], s.tls.key); text_of(t["tls"]["client_ca"], s.tls.client_ca);
    const auto l = t["limits"];
    num(l["connections"], s.limits.connections); num(l["connections_per_client"], s.limits.connections_per_client); num(l["connection_rate"], s.limits.connection_rate);
    num(l["message_rate"], s.limits.message_rate); num(l["message_size"], s.limits.message_size); num(l["header_size"], s.limits.header_size); num(l["recipients"], s.limits.recipients);
    num(l["refused_recipients"], s.limits.refused_recipients); num(l["errors"], s.limits.errors); num(l["commands"], s.limits.commands); num(l["messages"], s.limits.messages);
    num(l["command_time"], s.limits.command_time); num(l["block_time"], s.limits.block_time); num(l["message_time"], s.limits.message_time); num(l["session_time"], s.limits.session_time); num(l["handshake_time"], s.limits.handshake_time);
    const auto h = t["next_hop"];
    num(h["command_time"], s.hops.command_time); num(h["connect_time"], s.hops.connect_time); num(h["message_time"], s.hops.message_time); num(h["avoid_time"], s.hops.avoid_time); num(h["idle_time"], s.hops.idle_time); text_of(h["ca"], s.hops.ca);
    if (const auto* routes = t["route"].as_array()) for (const auto& r : *routes) { const auto& rt = *r.as_table(); RouteSettings rs; 
      toml::node_view<const toml::node> v(rt);
      list(v["domains"], rs.domains); list(v["next_hops"], rs.next_hops); text_of(v["maildir"], rs.maildir); rs.xclient = v["xclient"].value_or(true);
      const std::string tls = v["tls"].value_or(std::string("if-offered"));
      rs.tls = tls == "never" ? HopTls::never : tls == "required" ? HopTls::required : tls == "verified" ? HopTls::verified : HopTls::if_offered; s.routes.push_back(rs); }
  } catch (const toml::parse_error& e) { return tl::unexpected(std::vector<Error>{{std::string(e.description()), name, ""}}); }
  return s;
}
tl::expected<Settings, std::vector<Error>> read_settings(const std::string& path) {
  std::ifstream f(path); std::stringstream b; b << f.rdbuf();
  if (!f) return tl::unexpected(std::vector<Error>{{"can't be read", path, ""}});
  return parse_settings(b.str(), path);
}
std::string describe_settings() { return {}; }
}
