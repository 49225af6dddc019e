import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.atmosphere.client.TrackMessageSizeInterceptor;
import org.atmosphere.cpr.ApplicationConfig;
import org.atmosphere.cpr.AtmosphereInterceptor;
import org.atmosphere.cpr.AtmosphereResource;
import org.atmosphere.cpr.AtmosphereServlet;
import org.atmosphere.cpr.Broadcaster;
import org.atmosphere.handler.AbstractReflectorAtmosphereHandler;
import org.atmosphere.interceptor.AtmosphereResourceLifecycleInterceptor;
import org.atmosphere.interceptor.HeartbeatInterceptor;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.servlet.ServletContextHandler;
import org.eclipse.jetty.servlet.ServletHolder;
import org.eclipse.jetty.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;

/** The Java server of the protocol: what is pushed to /publish goes to all at /events; a push to another path comes back. */
public final class PeerServer {
    private static final long IDLE_MS = 3_600_000;

    /** Those that a managed service has; what is measured goes without. */
    private static final List<AtmosphereInterceptor> INTERCEPTORS = List.of(
            new AtmosphereResourceLifecycleInterceptor(), new TrackMessageSizeInterceptor(), new HeartbeatInterceptor());

    public static void main(String[] arguments) throws Exception {
        Server server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])));
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.SESSIONS);
        context.setContextPath("/");
        server.setHandler(context);
        AtmosphereServlet servlet = new AtmosphereServlet();
        servlet.framework().addInitParameter(ApplicationConfig.ANNOTATION_PACKAGE, "none");
        servlet.framework().addInitParameter(ApplicationConfig.WEBSOCKET_SUPPORT, "true");
        servlet.framework().addInitParameter(ApplicationConfig.WEBSOCKET_IDLETIME, String.valueOf(IDLE_MS));
        ServletHolder holder = new ServletHolder(servlet);
        holder.setAsyncSupported(true);
        holder.setInitOrder(1);
        context.addServlet(holder, "/*");
        // Or Jetty cuts off who says nothing for half a minute, before the first heartbeat.
        JakartaWebSocketServletContainerInitializer.configure(
                context, (servletContext, container) -> container.setDefaultMaxSessionIdleTimeout(IDLE_MS));
        servlet.framework().addAtmosphereHandler("/events", new Events("/events"));
        servlet.framework().addAtmosphereHandler("/managed", new Events("/managed"), INTERCEPTORS);
        servlet.framework().addAtmosphereHandler("/publish", new Publish());
        server.start();
        server.join();
    }

    private static Broadcaster broadcaster(AtmosphereResource resource, String path) {
        return resource.getAtmosphereConfig().getBroadcasterFactory().lookup(path, true);
    }

    private static String body(AtmosphereResource resource) throws IOException {
        return resource.getRequest().body().hasString()
                ? resource.getRequest().body().asString()
                : new String(resource.getRequest().getInputStream().readAllBytes(), "UTF-8");
    }

    /** Clients that listen. */
    private static final class Events extends AbstractReflectorAtmosphereHandler {
        private final String name;

        Events(String name) {
            this.name = name;
        }

        @Override
        public void onRequest(AtmosphereResource resource) throws IOException {
            if (resource.getRequest().getMethod().equals("POST")) {
                broadcaster(resource, name).broadcast(body(resource));
            } else {
                resource.setBroadcaster(broadcaster(resource, name)).suspend();
            }
        }

        @Override
        public void destroy() {}
    }

    /** Whoever has news for them. */
    private static final class Publish extends AbstractReflectorAtmosphereHandler {
        @Override
        public void onRequest(AtmosphereResource resource) throws IOException {
            if (resource.getRequest().getMethod().equals("POST")) {
                broadcaster(resource, "/events").broadcast(body(resource));
            } else {
                resource.suspend();
            }
        }

        @Override
        public void destroy() {}
    }
}
