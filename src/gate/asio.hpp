// The event loop's vocabulary, for the files that move octets. Not for headers that others include:
// Asio is heavy.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>

namespace postern::gate {

namespace asio = boost::asio;

template <class T>
using Awaitable = asio::awaitable<T>;
using Socket = asio::generic::stream_protocol::socket;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::seconds;

}  // namespace postern::gate
