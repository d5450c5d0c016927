import { pathToFileURL } from 'node:url';
import { optionError } from '@mainstay/kernel';
import { hostProcess, type ServiceDefinition } from '@mainstay/service';

/** Hosts the services named on the command line, each as `<absolute path>#<export>`, in this one process. */
const definitions: ServiceDefinition[] = [];
for (const reference of process.argv.slice(2)) {
  const [path = '', name = ''] = reference.split('#');
  const module = (await import(pathToFileURL(path).href)) as Record<string, ServiceDefinition | undefined>;
  const definition = module[name];
  if (definition === undefined) throw optionError('definition', 'the name of an exported service', reference);
  definitions.push(definition);
}
await hostProcess(definitions);
