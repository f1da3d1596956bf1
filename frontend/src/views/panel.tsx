/** The open view. Those with charts are loaded when they are first opened. */
import type {ComponentType, JSX} from 'preact';
import {useEffect, useState} from 'preact/hooks';
import type {View} from '../store/state';
import {DiagnosisView} from './diagnosis';
import {Skeleton} from './skeleton';
import type {ViewProps} from './view_props';

type Loader = () => Promise<ComponentType<ViewProps>>;

const LOADERS: Readonly<Record<Exclude<View, 'diagnosis'>, Loader>> = {
  layers: async () => (await import('./layers')).Layers,
  dynamics: async () => (await import('./dynamics')).Dynamics,
  optimizer: async () => (await import('./optimizer')).OptimizerView,
  gradients: async () => (await import('./gradients')).Gradients,
  compare: async () => (await import('./compare')).Compare,
};

const loaded = new Map<Loader, ComponentType<ViewProps>>();

/** A component of another chunk; `null` until it has come. A failure to load is raised, for the boundary above. */
function useChunk(loader: Loader | null): ComponentType<ViewProps> | null {
  const [, setArrived] = useState(0);
  const [failure, setFailure] = useState<unknown>(null);
  useEffect(() => {
    if (!loader || loaded.has(loader)) return;
    loader().then((found) => {
      loaded.set(loader, found);
      setArrived((n) => n + 1);
    }, setFailure);
  }, [loader]);
  if (failure !== null) throw failure;
  return (loader && loaded.get(loader)) ?? null;
}

export function Panel({view, runs}: ViewProps & {readonly view: View}): JSX.Element {
  const Chunk = useChunk(view === 'diagnosis' ? null : LOADERS[view]);
  if (view === 'diagnosis') return <DiagnosisView runs={runs} />;
  return Chunk ? <Chunk runs={runs} /> : <Skeleton label="Loading the view" />;
}
