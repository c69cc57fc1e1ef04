// The world of the example: who sends what, and what is true of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "random.hpp"

namespace postern::example {

/// In which evidence an actor's mail is found. No message is in two of them.
enum class Found { events, extended, summary, mail };

/// What the truth is about an actor.
struct Truth {
  std::string looks;  ///< legitimate, forged, unclear; empty: Direct Send does not concern it
  std::string kind;
  std::string verdict;  ///< with rejection on: reject, accept, undetermined
};

struct Actor {
  std::string name;
  Found found = Found::events;
  std::vector<std::string> addresses;  ///< of the client
  std::vector<std::string> senders;    ///< envelope senders; "" is <>
  std::vector<std::string> recipients;
  std::string header_from;  ///< empty: the envelope sender
  std::string direction = "Inbound";
  std::string connector;  ///< empty: default
  std::string spf = "pass", dkim = "none", dmarc = "none", compauth = "none";
  std::string location = "Inbox/folder";
  std::string message_id_domain;  ///< empty: the client's address in brackets
  std::string helo;
  std::string reverse_name;
  std::vector<std::string> subjects;
  int first_day = 1, last_day = 30;  ///< of October 2026
  int per_day = 1;
  bool weekdays_only = false;
  bool to_self = false;
  Truth truth;
};

/// One message to one recipient.
struct Mail {
  const Actor* actor;
  UnixTime time;
  std::string address;
  std::string sender;
  std::string recipient;
  std::string subject;
  std::string message_id;
  std::string network_id;
};

std::vector<Actor> make_actors();
/// All mail in order of time.
std::vector<Mail> make_mail(const std::vector<Actor>& actors, Random& random);

void write_tenant(const std::string& folder);
void write_email_events(const std::string& folder, const std::vector<Mail>& mail, Random& random);
void write_historical(const std::string& folder, const std::vector<Mail>& mail, Random& random);
void write_messages(const std::string& folder, const std::vector<Mail>& mail);
void write_truth(const std::string& path, const std::vector<Actor>& actors,
                 const std::vector<Mail>& mail);

/// Large files for the benchmarks.
void write_bulk_events(const std::string& path, std::uint64_t rows);
void write_bulk_extended(const std::string& path, std::uint64_t rows);

/// One EmailEvents row in the portal's column order, and the header line.
std::string email_events_header();
std::string email_events_row(const Mail& mail, Random& random);

void write_file(const std::string& path, const std::string& text);
std::string csv(const std::string& text);

}  // namespace postern::example
