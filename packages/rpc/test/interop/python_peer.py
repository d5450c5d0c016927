"""The interoperability service and its cases on gRPC's C core, as Debian's python3-grpcio brings it.

    python_peer.py serve <descriptors> <pem>                        serves; prints its port
    python_peer.py call <descriptors> <pem> <host:port> <case>...   runs cases; prints a line of JSON for each

<pem> is a folder with certificate.pem, key.pem and authorities.pem for TLS of both sides, or - for clear text.
"""
import json
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

INITIAL, TRAILING = 'x-grpc-test-echo-initial', 'x-grpc-test-echo-trailing-bin'
SIZES, REQUEST_SIZES = [31415, 9, 2653, 58979], [27182, 8, 1828, 45904]
SERVICE = 'grpc.testing.TestService'
SPECIAL = '\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n'


def load(path):
    files = descriptor_pb2.FileDescriptorSet.FromString(open(path, 'rb').read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    if hasattr(message_factory, 'GetMessageClass'):
        make = message_factory.GetMessageClass
    else:
        make = message_factory.MessageFactory(pool).GetPrototype
    return lambda name: make(pool.FindMessageTypeByName('grpc.testing.' + name))


def zeroes(message, size):
    message.payload.body = bytes(size)
    return message


def pem(folder):
    read = lambda name: open('%s/%s.pem' % (folder, name), 'rb').read()
    return read('authorities'), read('key'), read('certificate')


def serve(types, folder):
    empty, simple, aggregate, streamed = (types(name) for name in (
        'Empty', 'SimpleResponse', 'StreamingInputCallResponse', 'StreamingOutputCallResponse'))

    def echo(context):
        received = dict(context.invocation_metadata())
        if INITIAL in received:
            context.send_initial_metadata([(INITIAL, received[INITIAL])])
        if TRAILING in received:
            context.set_trailing_metadata([(TRAILING, received[TRAILING])])

    def fail(request, context):
        if request.HasField('response_status') and request.response_status.code:
            code = next(c for c in grpc.StatusCode if c.value[0] == request.response_status.code)
            context.abort(code, request.response_status.message)

    def answers(request, context):
        for part in request.response_parameters:
            end = time.monotonic() + part.interval_us / 1e6
            while time.monotonic() < end and context.is_active():
                time.sleep(0.005)
            yield zeroes(streamed(), part.size)

    def unary(request, context):
        echo(context)
        fail(request, context)
        return zeroes(simple(), request.response_size)

    def collect(requests, context):
        return aggregate(aggregated_payload_size=sum(len(r.payload.body) for r in requests))

    def duplex(requests, context):
        echo(context)
        for request in requests:
            fail(request, context)
            yield from answers(request, context)

    def method(kind, handler, request):
        make = getattr(grpc, kind + '_rpc_method_handler')
        return make(handler, types(request).FromString, lambda message: message.SerializeToString())

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, {
        'EmptyCall': method('unary_unary', lambda request, context: empty(), 'Empty'),
        'UnaryCall': method('unary_unary', unary, 'SimpleRequest'),
        'StreamingOutputCall': method('unary_stream', answers, 'StreamingOutputCallRequest'),
        'StreamingInputCall': method('stream_unary', collect, 'StreamingInputCallRequest'),
        'FullDuplexCall': method('stream_stream', duplex, 'StreamingOutputCallRequest'),
    }),))
    if folder == '-':
        port = server.add_insecure_port('127.0.0.1:0')
    else:
        authorities, key, certificate = pem(folder)
        credentials = grpc.ssl_server_credentials([(key, certificate)], authorities, True)
        port = server.add_secure_port('127.0.0.1:0', credentials)
    server.start()
    print(port, flush=True)
    # Until whoever started this closes its end.
    sys.stdin.read()
    server.stop(0)


class Cases:
    def __init__(self, types, channel):
        self.types, self.channel = types, channel

    def method(self, kind, name, answer, service=SERVICE):
        make = getattr(self.channel, kind)
        return make('/%s/%s' % (service, name), lambda m: m.SerializeToString(), self.types(answer).FromString)

    def unary(self):
        return self.method('unary_unary', 'UnaryCall', 'SimpleResponse')

    def duplex(self):
        return self.method('stream_stream', 'FullDuplexCall', 'StreamingOutputCallResponse')

    def output(self, *sizes, **fields):
        request = self.types('StreamingOutputCallRequest')(**fields)
        for size in sizes:
            request.response_parameters.add(size=size)
        return request

    def empty_unary(self):
        call = self.method('unary_unary', 'EmptyCall', 'Empty')
        assert call(self.types('Empty')(), timeout=5) == self.types('Empty')()

    def large_unary(self):
        request = zeroes(self.types('SimpleRequest')(response_size=314159), 271828)
        assert len(self.unary()(request, timeout=5).payload.body) == 314159

    def client_streaming(self):
        call = self.method('stream_unary', 'StreamingInputCall', 'StreamingInputCallResponse')
        request = self.types('StreamingInputCallRequest')
        answer = call((zeroes(request(), size) for size in REQUEST_SIZES), timeout=5)
        assert answer.aggregated_payload_size == 74922, answer

    def server_streaming(self):
        call = self.method('unary_stream', 'StreamingOutputCall', 'StreamingOutputCallResponse')
        assert [len(a.payload.body) for a in call(self.output(*SIZES), timeout=5)] == SIZES

    def ping_pong(self):
        received = []

        def requests():
            for i, size in enumerate(SIZES):
                while len(received) < i:
                    time.sleep(0.001)
                yield zeroes(self.output(size), REQUEST_SIZES[i])
        for answer in self.duplex()(requests(), timeout=5):
            received.append(len(answer.payload.body))
        assert received == SIZES, received

    def empty_stream(self):
        assert list(self.duplex()(iter(()), timeout=5)) == []

    def custom_metadata(self):
        metadata = [(INITIAL, 'test_initial_metadata_value'), (TRAILING, b'\xab\xab\xab')]
        _, call = self.unary().with_call(self.types('SimpleRequest')(response_size=1), timeout=5, metadata=metadata)
        stream = self.duplex()(iter([self.output(1)]), timeout=5, metadata=metadata)
        list(stream)
        for done in (call, stream):
            assert dict(done.initial_metadata())[INITIAL] == 'test_initial_metadata_value'
            assert dict(done.trailing_metadata())[TRAILING] == b'\xab\xab\xab'

    def expect(self, code, call, message=None):
        try:
            call()
        except grpc.RpcError as error:
            assert error.code() == code, error
            assert message is None or error.details() == message, repr(error.details())
            return error
        raise AssertionError('the call did not fail')

    def status(self, message):
        status = {'code': 9, 'message': message}
        request = self.types('SimpleRequest')(response_status=status)
        self.expect(grpc.StatusCode.FAILED_PRECONDITION, lambda: self.unary()(request, timeout=5), message)
        stream = [self.output(response_status=status)]
        self.expect(grpc.StatusCode.FAILED_PRECONDITION, lambda: list(self.duplex()(iter(stream), timeout=5)), message)

    def status_code_and_message(self):
        self.status('test status message')

    def special_status_message(self):
        self.status(SPECIAL)

    def status_details(self):
        request = self.types('SimpleRequest')(response_status={'code': 9, 'message': 'x'})
        error = self.expect(grpc.StatusCode.FAILED_PRECONDITION, lambda: self.unary()(request, timeout=5))
        details = dict(error.trailing_metadata())['grpc-status-details-bin']
        assert b'google.rpc.ErrorInfo' in details and b'mainstay.dev' in details, details

    def unimplemented_method(self):
        call = self.method('unary_unary', 'UnimplementedCall', 'Empty')
        self.expect(grpc.StatusCode.UNIMPLEMENTED, lambda: call(self.types('Empty')(), timeout=5))

    def unimplemented_service(self):
        call = self.method('unary_unary', 'UnimplementedCall', 'Empty', 'grpc.testing.UnimplementedService')
        self.expect(grpc.StatusCode.UNIMPLEMENTED, lambda: call(self.types('Empty')(), timeout=5))

    def timeout_on_sleeping_server(self):
        request = self.output()
        request.response_parameters.add(size=31415, interval_us=5000000)
        self.expect(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: list(self.duplex()(iter([request]), timeout=0.03)))

    def cancel_after_begin(self):
        call = self.method('stream_unary', 'StreamingInputCall', 'StreamingInputCallResponse')
        cancelled = threading.Event()

        def requests():
            cancelled.wait(5)
            yield from ()

        running = call.future(requests())
        running.cancel()
        cancelled.set()
        assert running.cancelled() and running.code() == grpc.StatusCode.CANCELLED

    def cancel_after_first_response(self):
        def requests():
            yield zeroes(self.output(31415), 27182)
            time.sleep(0.5)
        call = self.duplex()(requests())
        next(call)
        call.cancel()
        assert call.code() == grpc.StatusCode.CANCELLED

    def gzip(self):
        request = zeroes(self.types('SimpleRequest')(response_size=314159), 271828)
        assert len(self.unary()(request, timeout=5, compression=grpc.Compression.Gzip).payload.body) == 314159


def connect(folder, address):
    if folder == '-':
        return grpc.insecure_channel(address)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(*pem(folder)))


def call(types, folder, address):
    with connect(folder, address) as channel:
        cases = Cases(types, channel)
        for name in sys.argv[5:]:
            try:
                getattr(cases, name)()
                outcome = 'passed'
            except Exception as error:
                outcome = '%s: %s' % (type(error).__name__, error)
            print(json.dumps({'name': name, 'outcome': outcome}), flush=True)


if __name__ == '__main__':
    loaded = load(sys.argv[2])
    if sys.argv[1] == 'serve':
        serve(loaded, sys.argv[3])
    else:
        call(loaded, sys.argv[3], sys.argv[4])
